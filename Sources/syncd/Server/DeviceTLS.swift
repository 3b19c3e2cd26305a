// SPDX-License-Identifier: MIT

import DeviceKeys
import HummingbirdTLS
import NIOCore
import NIOSSL

/// TLS between devices: 1.3 alone, this device's key, and whatever key the other side holds.
///
/// Any certificate is taken, since a device is its key: the handshake proves that the other side
/// holds it (RFC 8446, section 4.4.3), and every request is then checked against the keys that were
/// paired. One who shows none gets a TLS connection and 401.
enum DeviceTLS {
  static func configuration(_ device: DeviceKey) throws -> TLSChannelConfiguration {
    let certificate = try NIOSSLCertificate(bytes: Array(device.certificate.utf8), format: .pem)
    let key = try NIOSSLPrivateKey(bytes: Array(device.privateKey.utf8), format: .pem)
    var tls = TLSConfiguration.makeServerConfiguration(
      certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
    // NIOSSL would still offer 1.0 by itself.
    tls.minimumTLSVersion = .tlsv13
    tls.maximumTLSVersion = .tlsv13
    tls.applicationProtocols = ["http/1.1"]
    tls.certificateVerification = .optionalVerification
    return TLSChannelConfiguration(tlsConfiguration: tls) { _, promise in
      promise.succeed(.certificateVerified)
    }
  }
}

// SPDX-License-Identifier: MIT

import Crypto
import Foundation
import SwiftASN1
import X509

/// The key that this device is, for other devices: who holds it is the device, and nothing else
/// about it counts, neither names nor dates nor authorities.
///
/// A P-256 key with a certificate that it signed itself, both in one PEM file of mode 0600, which
/// libcurl reads as well. It is made once; a copy of the file is a second device that nobody can
/// tell from the first.
public struct DeviceKey: Hashable, Sendable {
  /// SHA-256 of the public key (DER, SubjectPublicKeyInfo): 32 bytes. What other devices pin.
  public let hash: [UInt8]
  /// The certificate, PEM.
  public let certificate: String
  /// The private key, PEM.
  public let privateKey: String
  /// The file that holds both.
  public let path: String

  /// Reads the key in `path`, and makes one there if there is none.
  ///
  /// - Throws: `DeviceKeyError`, when the file can't be read, written or understood, or when others
  ///   may read it.
  public init(at path: String) throws(DeviceKeyError) {
    if let text = try KeyFile.read(path) {
      try self.init(text, path: path)
      return
    }
    // Two programs may be here at once: the first file stays, and both read that.
    try KeyFile.create(path, Self.minted(path))
    guard let text = try KeyFile.read(path) else {
      throw DeviceKeyError("the device's key \(path) went away")
    }
    try self.init(text, path: path)
  }

  private init(_ text: String, path: String) throws(DeviceKeyError) {
    do {
      let documents = try PEMDocument.parseMultiple(pemString: text)
      guard
        let keyDocument = documents.first(where: { $0.discriminator == "PRIVATE KEY" }),
        let certificateDocument = documents.first(where: { $0.discriminator == "CERTIFICATE" })
      else { throw DeviceKeyError("it must hold a key and a certificate") }
      let key = try P256.Signing.PrivateKey(derRepresentation: keyDocument.derBytes)
      let certificate = try Certificate(derEncoded: certificateDocument.derBytes)
      guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
        throw DeviceKeyError("the certificate is of another key")
      }
      hash = Self.hash(ofPublicKey: Array(key.publicKey.derRepresentation))
      privateKey = keyDocument.pemString
      self.certificate = certificateDocument.pemString
      self.path = path
    } catch {
      throw DeviceKeyError(
        "the device's key \(path) can't be used: \(error); move it away to get a new one, and "
          + "pair anew")
    }
  }

  /// What other devices pin of a public key (DER, SubjectPublicKeyInfo).
  public static func hash(ofPublicKey der: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: der)) }

  /// How libcurl is told to pin a key with this hash.
  public static func pin(_ hash: [UInt8]) -> String {
    "sha256//" + Data(hash).base64EncodedString()
  }

  private static func minted(_ path: String) throws(DeviceKeyError) -> String {
    do {
      let key = P256.Signing.PrivateKey()
      let name = try DistinguishedName { CommonName("postil") }
      let certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(),
        publicKey: Certificate.PublicKey(key.publicKey),
        // Nobody looks at dates, since clocks may be wrong by years: the key is what is pinned.
        notValidBefore: Date(timeIntervalSince1970: 0),
        notValidAfter: Date(timeIntervalSince1970: 253_402_300_799),
        issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
        extensions: try Certificate.Extensions {
          Critical(BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: true))
          try ExtendedKeyUsage([.serverAuth, .clientAuth])
        },
        issuerPrivateKey: Certificate.PrivateKey(key))
      let certificatePEM = try certificate.serializeAsPEM().pemString
      return key.pemRepresentation + "\n" + certificatePEM + "\n"
    } catch {
      throw DeviceKeyError("can't make the device's key \(path): \(error)")
    }
  }
}

/// Why there is no device key.
public struct DeviceKeyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What happened and what to do; no period at the end.
  public var message: String

  init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

// SPDX-License-Identifier: MIT

import Glibc

/// Standard input, output and error.
public enum StandardStreams {
  /// Opens /dev/null for each that is closed. Else the next file that is opened, which may be one
  /// of
  /// the store's, would take its place, and output would be written into it.
  public static func secure() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free descriptor is taken: this very one.
      _ = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
    }
  }
}

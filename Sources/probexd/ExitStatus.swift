package import Library

/// Exit codes: those of `sysexits.h`, and 1 where some of several questions failed.
package enum ExitStatus {
  static let someFailed: Int32 = 1
  /// Options or names that make no sense to the library.
  static let usage: Int32 = 64
  /// A file that is there, but is not what it must be.
  static let badData: Int32 = 65
  /// A file that is not there or may not be read.
  static let noInput: Int32 = 66
  /// A fault of probexd.
  static let internalError: Int32 = 70
  /// A file that cannot be written.
  static let cannotCreate: Int32 = 73
  /// Standard output that cannot be written to.
  static let inputOutput: Int32 = 74

  /// The code for an error that ends a command.
  package static func code(for error: LibraryError) -> Int32 {
    switch error.kind {
    case .checkpointNotFound, .unreadableFile: noInput
    case .invalidArgument, .unknownExpert, .unknownTable, .unknownLabel: usage
    case .writeFailed, .nameTaken: cannotCreate
    case .cancelled: internalError
    default: badData
    }
  }
}

import Library

/// Exit codes: those of `sysexits.h`, and 1 where some of several questions failed.
enum ExitStatus {
  static let someFailed: Int32 = 1
  static let usage: Int32 = 64
  static let badData: Int32 = 65
  static let noInput: Int32 = 66
  static let internalError: Int32 = 70
  static let cannotCreate: Int32 = 73

  /// The code for an error that ends a command.
  static func code(for error: LibraryError) -> Int32 {
    switch error.kind {
    case .checkpointNotFound, .unreadableFile: noInput
    case .invalidArgument, .unknownExpert, .unknownTable, .unknownLabel: usage
    case .writeFailed: cannotCreate
    case .cancelled: internalError
    default: badData
    }
  }
}

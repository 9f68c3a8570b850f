import JSON
package import Library
package import Messages

extension LibraryError {
  /// The error as it travels. Codes are stable; `Protocol/README.md` lists them.
  package var wire: ResponseError {
    // Nobody needs a megabyte back that was sent by mistake; a path has at most 4,096 bytes.
    let subject = subject.utf8.count > 4096 ? String(subject.prefix(256)) + "…" : subject
    let facts: [(String, JSONValue)] = [
      ("subject", .string(subject)), ("problem", .string(problem)), ("remedy", .string(remedy)),
    ]
    switch kind {
    case .cancelled:
      return .requestCancelled(problem)
    case .invalidArgument:
      return ResponseError(
        .invalidParams, message: "Invalid params",
        facts: [("parameter", .string(subject))] + facts.dropFirst())
    default:
      return ResponseError(code, message: "\(subject): \(problem)", facts: facts)
    }
  }

  /// The stable code of this kind of error. Those of the daemon's own domain are positive: every
  /// negative range is reserved by JSON-RPC, LSP or MCP.
  package var code: ErrorCode {
    let number =
      switch kind {
      case .checkpointNotFound: 1001
      case .notACheckpoint: 1002
      case .malformedCheckpoint: 1003
      case .unreadableFile: 1004
      case .changedWhileRead: 1005
      case .unsupportedFormat: 1006
      case .limitExceeded: 1007
      case .layerNotFound: 1008
      case .wrongShape: 1009
      case .notFinite: 1010
      case .unknownExpert: 1101
      case .noExpertFits: 1102
      case .unknownTable: 1103
      case .unknownLabel: 1104
      case .malformedExpert: 1105
      case .malformedTable: 1106
      case .writeFailed: 1107
      case .nameTaken: 1108
      case .invalidArgument: ErrorCode.invalidParams.number
      case .cancelled: ErrorCode.requestCancelled.number
      }
    return ErrorCode(number, kind.rawValue)
  }
}

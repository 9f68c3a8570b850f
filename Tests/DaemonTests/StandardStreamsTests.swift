import Foundation
import TestSupport
import Testing

/// The daemon started by a parent that closed its standard streams.
@Suite struct StandardStreamsTests {
  private static let request = #"{"jsonrpc":"2.0","id":1,"method":"probex/texts"}"#

  /// `PROBEXD_BINARY`, or the daemon beside this test bundle in the build folder.
  private static var binary: String {
    if let given = ProcessInfo.processInfo.environment["PROBEXD_BINARY"] { return given }
    let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appending(path: "probexd")
      .path(percentEncoded: false)
  }

  /// Exit code and standard output; `coreutils` ends a daemon that hangs with 124.
  private static func serve(_ redirections: String) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c",
      "printf '%s\\n' '\(request)' | timeout 60 \"$1\" serve --library \"$2\" \(redirections)",
      "sh", binary, Repository.example("library"),
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(
    "a closed stream is nobody's channel, and nothing hangs",
    arguments: [
      ("", 0, true), ("2>&-", 0, true), ("<&-", 0, false), (">&-", 74, false),
      ("<&- 2>&-", 0, false), ("<&- >&- 2>&-", 74, false),
    ] as [(String, Int32, Bool)])
  func closed(_ row: (redirections: String, code: Int32, answers: Bool)) throws {
    let (code, output) = try Self.serve(row.redirections)
    #expect(code == row.code)
    #expect(output.contains(#""id":1,"result""#) == row.answers)
    #expect(row.answers || output.isEmpty)
  }
}

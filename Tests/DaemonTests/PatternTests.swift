import Foundation
import JSON
import TestSupport
import Testing

/// The runner's own rules, by the table that the Python runner is checked with too.
@Suite struct PatternTests {
  /// The lines of Tests/daemon/patterns.jsonl.
  static func rows() throws -> [JSONValue] {
    let file = URL(filePath: Repository.path("Tests/daemon/patterns.jsonl"))
    return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
      .map { try JSONValue.parse([UInt8]($0)) }
  }

  @Test(arguments: try PatternTests.rows())
  func `a value matches or does not`(_ row: JSONValue) throws {
    let pattern = try #require(row["pattern"])
    let value = try #require(row["value"])
    #expect(Pattern.differences(pattern, value).isEmpty == row["matches"]?.bool)
  }
}

import Foundation
import JSON
import Testing

@Suite struct LimitTests {
  /// What opens and closes one level.
  static let brackets: [(open: String, close: String)] = [
    ("[", "]"), ("{\"a\":", "}"), ("[0,{\"a\":\"]\",\"\\\"[\":", "}]"),
  ]

  static func nested(_ depth: Int, _ brackets: (open: String, close: String)) -> String {
    // The third kind opens two levels at once.
    let perPiece = brackets.open.hasPrefix("[0") ? 2 : 1
    let pieces = depth / perPiece
    let rest = depth % perPiece == 0 ? "1" : "[]"
    return String(repeating: brackets.open, count: pieces) + rest
      + String(repeating: brackets.close, count: pieces)
  }

  @Test(arguments: brackets) func depth(_ brackets: (open: String, close: String)) throws {
    let rows: [(limit: Int, deepest: Int)] = [
      (128, 128), (1, 1), (0, 0), (512, 512), (513, 512), (.max, 512), (-1, 0),
    ]
    for (limit, deepest) in rows {
      let limits = JSONLimits(depth: limit)
      // The third kind looks two levels ahead, so its least depth is two.
      if deepest >= 2 || brackets.open.utf8.count < 6 {
        let value = try JSONValue.parse(Self.nested(deepest, brackets), limits: limits)
        #expect(try JSONValue.parse(value.serialized(), limits: limits) == value)
      }
      for depth in [deepest + 1, deepest + 2, 2_049] {
        let error = try #require(throws: JSONError.self) {
          try JSONValue.parse(Self.nested(depth, brackets), limits: limits)
        }
        #expect(error.kind == .tooDeep)
      }
    }
    #expect(throws: Never.self) { try JSONValue.parse(Self.nested(128, brackets)) }
    #expect(throws: JSONError.self) { try JSONValue.parse(Self.nested(129, brackets)) }
  }

  @Test func bracketsInStringsAreText() throws {
    let text = "\"" + String(repeating: "[{", count: 1000) + #"\"[\\"#
    #expect(
      try JSONValue.parse("[\(text)\"]") == [
        .string(String(repeating: "[{", count: 1000) + "\"[\\")
      ])
    let unclosed = try #require(throws: JSONError.self) { try JSONValue.parse("[\(text)") }
    #expect(unclosed.kind == .syntax)
  }

  @Test func printsNothingTooDeep() throws {
    func wrapped(_ depth: Int) -> JSONValue {
      (0..<depth).reduce(1) { value, level in level % 2 == 0 ? [value] : ["a": value] }
    }
    let limits = JSONLimits(depth: JSONLimits.deepest)
    let text = try wrapped(JSONLimits.deepest).serialized()
    #expect(try JSONValue.parse(text, limits: limits) == wrapped(JSONLimits.deepest))
    let error = try #require(throws: JSONError.self) {
      try wrapped(JSONLimits.deepest + 1).serialized()
    }
    #expect(error.kind == .tooDeep)
  }

  /// In a process of its own, where a stack that is too small would be fatal.
  @Test func aSmallStackIsEnough() async {
    await #expect(processExitsWith: .success) {
      let done = DispatchSemaphore(value: 0)
      let thread = Thread {
        for brackets in LimitTests.brackets {
          let deepest = LimitTests.nested(JSONLimits.deepest, brackets)
          let limits = JSONLimits(depth: .max)
          guard let value = try? JSONValue.parse(deepest, limits: limits),
            let text = try? value.serialized(pretty: true),
            let copy = try? JSONValue.parse(text, limits: limits)
          else { fatalError("the deepest value is refused") }
          precondition(copy == value && copy.hashValue == value.hashValue)
          let million = LimitTests.nested(1_000_000, brackets)
          precondition((try? JSONValue.parse(million, limits: limits)) == nil)
        }
        done.signal()
      }
      thread.stackSize = 512 << 10
      thread.start()
      done.wait()
    }
  }

  @Test func size() throws {
    let limits = JSONLimits(bytes: 10)
    #expect(try JSONValue.parse("[1,2,3,45]", limits: limits) == [1, 2, 3, 45])
    let error = try #require(throws: JSONError.self) {
      try JSONValue.parse("[1,2,3,45] ", limits: limits)
    }
    #expect(error.kind == .tooLarge)
    #expect(error.problem == "the text has 11 bytes, at most 10 are allowed")
  }

  @Test func values() throws {
    let limits = JSONLimits(values: 4)
    #expect(try JSONValue.parse(#"["," , 2, 3]"#, limits: limits).array?.count == 3)
    for text in ["[1,2,3,4]", "[[],[],[]]", #"{"a":{"b":1,"c":2,"d":3}}"#] {
      let error = try #require(throws: JSONError.self) {
        try JSONValue.parse(text, limits: limits)
      }
      #expect(error.kind == .tooLarge && error.problem == "the text has more than 4 values")
    }
  }

  /// Names made to fall together in hashes that are not seeded, or that see canonical equivalence.
  /// In a process of its own, which ends when it has used up its share of processor time: linear
  /// work takes a second or two, quadratic work the better part of an hour.
  @Test func hashFlood() async {
    await #expect(processExitsWith: .success) {
      let share = rlimit(rlim_cur: 60, rlim_max: 60)
      let processorTime = __rlimit_resource_t(RLIMIT_CPU.rawValue)
      let refused = unsafe withUnsafePointer(to: share) { unsafe setrlimit(processorTime, $0) }
      precondition(refused == 0)
      // "Aa" and "BB" are the same to the hash that multiplies by 31.
      let classic = (0..<(1 << 17)).map { bits in
        (0..<17).map { bits >> $0 & 1 == 0 ? "Aa" : "BB" }.joined()
      }
      // The same accents in every order: one text by canonical equivalence.
      var accents: [[UInt32]] = [[]]
      for mark: UInt32 in [0x327, 0x323, 0x301, 0x345, 0x334, 0x31B, 0x35C, 0x3099, 0x94D] {
        accents = accents.flatMap { order in
          (0...order.count).map { order.prefix($0) + [mark] + order.dropFirst($0) }
        }
      }
      let equivalent = accents.map { order in
        String(String.UnicodeScalarView(order.compactMap(UnicodeScalar.init)))
      }
      precondition(equivalent.count == 362_880 && equivalent.allSatisfy { $0 == equivalent[0] })
      for names in [classic, equivalent] {
        let text = "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        let object = try JSONValue.parse(text).object
        precondition(object?.count == names.count)
        precondition(object?.members.allSatisfy { object?[$0.name] == 0 } == true)
      }
    }
  }

  @Test func manyMembers() throws {
    let names = (0..<1_000_000).map { "\"\($0)\":0" }.joined(separator: ",")
    #expect(try JSONDocument.parse("{\(names)}".utf8).root.count == 1_000_000)
    let error = try #require(throws: JSONError.self) { try JSONValue.parse("{\(names),\"7\":1}") }
    #expect(error.kind == .duplicateName)
  }

  /// In a process of its own, so that no other test's memory is counted.
  @Test func memoryIsFreed() async {
    await #expect(processExitsWith: .success) {
      func residentBytes() -> Int {
        let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (pages?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
      }
      let row: JSONValue = ["name": "some text of a length", "list": [1, 2.5, nil], "more": [:]]
      let value = JSONValue.array(Array(repeating: row, count: 300))
      let text = (try? value.serialized()) ?? []
      let broken = text.dropLast(1) + Array("{\"a\":1,\"a\":2}".utf8)
      let unprintable = JSONValue.array([value, ["a": [.number(.nan)]]])
      precondition(text.count > 10_000)
      var before = 0
      for round in 0..<3_000 {
        // The first rounds fill the allocator's own stores.
        if round == 300 { before = residentBytes() }
        precondition((try? JSONValue.parse(text)) == value)
        precondition(
          (try? JSONDocument.parse(text).root[2]?["name"]?.string) == row["name"]?.string)
        precondition((try? JSONValue.parse(broken)) == nil)
        precondition((try? unprintable.serialized()) == nil)
      }
      // One text lost in each round would be 40 MB, its tree ten times that.
      precondition(before > 0 && residentBytes() - before < 8 << 20)
    }
  }
}

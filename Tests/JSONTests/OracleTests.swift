import JSON
import Testing

@Suite(Oracle.isThere) struct OracleTests {
  @Test func pythonReadsWhatWePrint() throws {
    var random = SplitMix(seed: 1)
    let values = (0..<4_000).map { _ in random.value(depth: 4) }
    for (pretty, sorted) in [(false, false), (true, false), (false, true)] {
      let texts = try values.map { try $0.serialized(sortedKeys: sorted, pretty: pretty) }
      if !pretty {
        #expect(texts.allSatisfy { !$0.contains { $0 < 0x20 || $0 == 0x0A } })
      }
      let order = sorted ? "sorted(pairs)" : "pairs"
      let script = """
        def ordered(pairs):
            assert pairs == \(order)
            return dict(pairs)
        for line in lines:
            print(tag(json.loads(line.decode("utf-8"), object_pairs_hook=ordered)))
        """
      let tags = try Oracle.run(script, texts.map(Oracle.hex))
      #expect(tags.count == values.count)
      for (value, tag) in zip(values, tags) {
        #expect(Oracle.tag(sorted ? Self.sorted(value) : value) == tag)
      }
    }
  }

  /// The same value with the members of every object in the order of their code points.
  static func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(sorted))
    case .object(let object):
      let members = object.members.sorted { left, right in
        left.name.unicodeScalars.lexicographicallyPrecedes(right.name.unicodeScalars)
      }
      return .object(JSONObject(members.map { ($0.name, sorted($0.value)) }))
    default: return value
    }
  }

  @Test func weReadWhatPythonPrints() throws {
    let script = #"""
      random.seed(2)
      def value(depth):
          kind = random.randrange(9 if depth else 6)
          if kind == 0: return None
          if kind == 1: return random.random() < 0.5
          if kind == 2: return random.choice([0, -1, 2**63 - 1, -2**63, random.getrandbits(62)])
          if kind == 3: return random.choice([0.0, -0.0, 1e22, 5e-324, random.random()])
          if kind == 4:
              real = struct.unpack("d", random.randbytes(8))[0]
              return real if real - real == 0 else 1.5
          if kind == 5: return text()
          count = random.choice([0, 1, 2, 3, 20]) if depth < 3 else 3
          if kind == 6: return [value(depth - 1) for _ in range(count)]
          return {text() + str(i): value(depth - 1) for i in range(count)}
      def text():
          pieces = 'aZ0 "\\/\n\x01\x7fé中\u2028\ud7ff\ue000\ufeff😀\U0010ffff'
          return "".join(random.choice(pieces) for _ in range(random.randrange(8)))
      for _ in range(4000):
          v = value(4)
          encoded = json.dumps(v, ensure_ascii=random.random() < 0.5,
                               indent=random.choice([None, None, 1]),
                               separators=random.choice([None, (",", ":"), (" , ", "\t:\r\n")]))
          print(encoded.encode("utf-8").hex(), tag(v))
      """#
    let rows = try Oracle.run(script, []).map { $0.split(separator: " ") }
    #expect(rows.count == 4_000)
    let values = try rows.map { try JSONValue.parse(Oracle.bytes(hex: $0[0])) }
    for (row, value) in zip(rows, values) { #expect(Oracle.tag(value) == row[1]) }
    let again = try values.map { Oracle.hex(try $0.serialized()) }
    let tags = try Oracle.run("for line in lines: print(tag(read(line)))", again)
    #expect(tags == rows.map { String($0[1]) })
  }

  @Test func weAcceptAndRefuseAlike() throws {
    var random = SplitMix(seed: 3)
    let texts = try (0..<20_000).map { _ in try Self.mutated(&random) }
    let script = """
      for line in lines:
          try: print(tag(read(line)))
          except (ValueError, RecursionError) as error: print("!", error.args[0])
      """
    let answers = try Oracle.run(script, texts.map(Oracle.hex))
    try #require(answers.count == texts.count)
    var accepted = 0
    for (text, answer) in zip(texts, answers) {
      let ours = (try? JSONValue.parse(text)).map(Oracle.tag)
      let theirs = answer.hasPrefix("!") ? nil : answer
      accepted += ours == nil ? 0 : 1
      if ours != theirs {
        let shown = String(decoding: text, as: UTF8.self)
        Issue.record("\(shown.debugDescription): we say \(ours ?? "no"), Python says \(answer)")
      }
    }
    // A mutation that always or never breaks a text would compare nothing.
    #expect(accepted > texts.count / 10 && accepted < texts.count * 9 / 10)
  }

  /// A text that was valid before something happened to it.
  static func mutated(_ random: inout SplitMix) throws -> [UInt8] {
    let tokens =
      [
        "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u0000", "\\ud83d", "\\ude00", "\\u00e9", "0",
        "-", "+", ".", "e", "E9", "1e400", "9223372036854775808", "-9223372036854775809", "null",
        "true", "NaN", "Infinity", "-Infinity", " ", "\n", "\t", "\u{B}", "\u{A0}", "\u{FEFF}", "/",
        "//", "/**/", "'", "\"a\":1,", "\"a\":1", "{\"a\":", "[[[[[[[[[[", "]]]]]]]]]]", "\0",
        "\u{7F}",
      ].map { Array($0.utf8) }
      + [
        [0x80], [0xC0, 0xAF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xE2],
      ]
    var text = try random.value(depth: 3).serialized(pretty: random.below(3) == 0)
    for _ in 0..<(1 + random.below(3)) {
      let place = random.below(text.count + 1)
      let end = min(text.count, place + random.below(4))
      switch random.below(7) {
      case 0: text.replaceSubrange(place..<end, with: [])
      case 1: text.replaceSubrange(place..<place, with: text[place..<end])
      case 2: text.removeSubrange(place...)
      case 3 where place < text.count: text[place] ^= 1 << random.below(8)
      case 4: text += try random.value(depth: 1).serialized()
      default: text.replaceSubrange(place..<place, with: random.pick(tokens))
      }
    }
    return text
  }
}

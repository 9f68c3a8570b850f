import Experts
import Testing

/// Python lists of strings: what is taken, what is refused, and Python's own word on both.
@Suite struct ZooLiteralTests {
  static let rows: [(text: String, strings: [String]?)] = [
    ("[]", []), ("()", []), (" \t[ ]\n ", []), ("['a']", ["a"]), (#"["a", 'b',]"#, ["a", "b"]),
    ("('a',)", ["a"]), ("('a', 'b')", ["a", "b"]),
    (#"["men's", 'say "x"']"#, ["men's", "say \"x\""]),
    (#"['b\'c', "\"", '\\']"#, ["b'c", "\"", "\\"]),
    (#"['\x41\u00e9\U0001F600\101\n\q']"#, ["Aé😀A\n\\q"]), ("['a\\\nb']", ["ab"]),
    ("['''a'\r\nb''', \"\"\"\"c\"\"\"]", ["a'\nb", "\"c"]),
    (#"[r'\n\'', U'x', '']"#, ["\\n\\'", "x", ""]),
    ("[\n'a'\n,\r\n'b']", ["a", "b"]), ("['中', '\u{7F}']", ["中", "\u{7F}"]),
    ("", nil), ("a", nil), ("'a'", nil), ("('a')", nil), ("['a'", nil), ("['a]", nil),
    ("['a')", nil), ("['a'] x", nil), ("[,]", nil), ("['a',,]", nil), ("['a' 'b']", nil),
    ("['a''b']", nil), ("[['a']]", nil), ("[('a')]", nil), ("[1]", nil), ("[b'a']", nil),
    ("[rb'a']", nil), ("[f'a']", nil), ("[ur'a']", nil), ("['a\nb']", nil), (#"['\x4']"#, nil),
    (#"['\x+1']"#, nil), (#"['\u12']"#, nil), (#"['\ud800']"#, nil), (#"['\U00110000']"#, nil),
    (#"['\N{DIGIT ONE}']"#, nil), ("['a' + 'b']", nil), ("['a' # b\n]", nil), ("[None]", nil),
    ("['a\0']", nil), ("\n['a']", nil), ("[__import__('os').system('x')]", nil), ("['a'if 1]", nil),
    ("\u{FEFF}['a']", nil), ("[\u{A0}'a']", nil), (#"[r'\']"#, nil), ("{'a'}", nil),
  ]

  @Test("lists of string literals and nothing else", arguments: rows)
  func table(_ row: (text: String, strings: [String]?)) {
    #expect(PythonLiteral.strings(row.text) == row.strings)
  }

  @Test("a text beyond the limit is not looked at, and depth costs nothing")
  func bounds() {
    #expect(PythonLiteral.strings("['\(String(repeating: "a", count: 1 << 20))']") == nil)
    #expect(PythonLiteral.strings(String(repeating: "[", count: 1 << 20)) == nil)
    let many = "[" + String(repeating: "'a',", count: 200_000) + "]"
    #expect(PythonLiteral.strings(many)?.count == 200_000)
  }

  /// `ast.literal_eval`, less what is documented as refused: the rest must agree both ways.
  private static let judge = #"""
    def plain(text):
        start = text.lstrip(" \t")
        if start[:1] not in ("[", "("): return False
        start = start.replace("\r\n", "\n").replace("\r", "\n")
        skipped = (tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(start).readline)
                  if t.type not in skipped]
        inner = tokens[1:-1]
        for place, token in enumerate(inner):
            if (token.type == tokenize.STRING) != (place % 2 == 0): return False
            if place % 2 == 1 and token.string != ",": return False
            if token.type != tokenize.STRING: continue
            if token.string[0] not in "rR" and re.search(r"(?<!\\)(\\\\)*\\N", token.string):
                return False
        # A backslash between the tokens continues a line.
        rest = re.sub(r"\s", "", start)
        for token in tokens: rest = rest.replace(re.sub(r"\s", "", token.string), "", 1)
        return "\\" not in rest

    for text in lines:
        try:
            # Python minds blanks behind the list's line, which mean nothing.
            value = ast.literal_eval(text.rstrip(" \t\f\r\n"))
            if not isinstance(value, (list, tuple)): raise ValueError
            if not all(isinstance(string, str) for string in value): raise ValueError
            for string in value: string.encode()
            if not plain(text): raise ValueError
        except Exception:
            print("refused")
        else:
            answer(value)

    """#

  @Test("Python agrees", ZooFixture.hasPython, arguments: [1, 2, 3, 4] as [UInt64])
  func oracle(seed: UInt64) throws {
    var random = LiteralRandom(seed: seed)
    let texts = Self.rows.map(\.text) + (0..<5000).map { _ in random.text() }
    let answers = try ZooFixture.ask(Self.judge, texts)
    for (text, answer) in zip(texts, answers) {
      // By bytes: to Swift two canonically equivalent strings are equal.
      let ours = PythonLiteral.strings(text)?.map { Array($0.utf8) }
      #expect(ours == answer?.map { Array($0.utf8) }, "\(text.debugDescription)")
    }
    #expect(answers.count { $0 != nil } > 1000)
    #expect(answers.count { $0 == nil } > 1000)
  }
}

/// Python lists from a seed (SplitMix64): most right, some with a fault.
private struct LiteralRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
  private mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

  mutating func text() -> String {
    let brackets = pick(["[]", "[]", "()"])
    var text = pick(["", "", " ", "\t"]) + String(brackets.prefix(1)) + blank()
    for index in 0..<below(4) {
      text += (index > 0 ? "," : "") + blank() + literal() + blank()
    }
    text += pick(["", "", ","]) + String(brackets.suffix(1)) + pick(["", "", "\n", " \r\n "])
    return below(3) == 0 ? damaged(text) : text
  }

  private mutating func blank() -> String {
    pick(["", "", "", " ", "\n", "\t ", "\r\n", "\u{C}", "\r"])
  }

  private mutating func literal() -> String {
    let quote = pick(["'", "'", "\"", "'''", "\"\"\""])
    let prefix = pick(["", "", "", "", "", "r", "R", "u", "U", below(10) == 0 ? "b" : ""])
    let body = (0..<below(6)).map { _ in piece(isLong: quote.count == 3) }.joined()
    return prefix + quote + body + quote
  }

  private mutating func piece(isLong: Bool) -> String {
    switch below(8) {
    case 0, 1:
      return pick([
        "a", "Z", " ", "[", "]", ",", "#", "{", "é", "e\u{301}", "中", "😀", "\u{2028}", "\u{1}",
      ])
    case 2:
      return "\\"
        + pick(["\\", "'", "\"", "a", "b", "f", "n", "r", "t", "v", "q", "é", "\n", "\r\n"])
    case 3: return "\\" + String(below(512), radix: 8) + pick(["", "8", "1"])
    case 4: return "\\x" + pick(["41", "e9", "00", "Ff", "7f", "0a"])
    case 5:
      return "\\u"
        + pick(["0041", "00e9", "d7ff", "e000", "4e2D", below(10) == 0 ? "d83d" : "0301"])
    case 6: return "\\U" + pick(["0001f600", "00000041", below(10) == 0 ? "00110000" : "0010FFFF"])
    default: return isLong ? pick(["\n", "\r\n", "\r", "x'y", "x\"y"]) : pick(["x", "0"])
    }
  }

  /// One character less, more, or another.
  private mutating func damaged(_ text: String) -> String {
    var scalars = Array(text.unicodeScalars)
    let place = below(scalars.count)
    let wrong = Array("'\"\\[](),rbfuN#\n x0+".unicodeScalars)
    let scalar = wrong[below(wrong.count)]
    switch below(3) {
    case 0: scalars.remove(at: place)
    case 1: scalars.insert(scalar, at: place)
    default: scalars[place] = scalar
    }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars)
    return String(result)
  }
}

import JSON

/// A small generator with a seed (SplitMix64), so that a failing case can be seen again.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}

extension SplitMix {
  /// A value of any kind, at most `depth` levels deep, rich in the corners of each kind.
  mutating func value(depth: Int) -> JSONValue {
    switch below(depth > 0 ? 9 : 6) {
    case 0: return nil
    case 1: return .bool(below(2) == 0)
    case 2: return .integer(pick([0, 1, -1, .max, .min, 1 << 53, Int64(bitPattern: next())]))
    case 3, 4: return .number(number())
    case 5: return .string(text())
    case 6: return .array((0..<below(6)).map { _ in value(depth: depth - 1) })
    default:
      // Now and then beyond the sixteen members up to which an object is scanned.
      let count = below(10) == 0 ? 20 : below(6)
      return .object(JSONObject((0..<count).map { ("\(text())\($0)", value(depth: depth - 1)) }))
    }
  }

  mutating func number() -> Double {
    switch below(4) {
    case 0:
      return pick([
        0, -0.0, 0.1, 1e22, 1e23, Double.leastNonzeroMagnitude, Double.leastNormalMagnitude, 1e308,
        1e15,
      ])
    case 1: return Double(below(1_000_000)) / pick([1, 10, 1000, 1e7])
    case 2: return Double.random(in: -1...1, using: &self)
    default:
      let number = Double(bitPattern: next())
      return number.isFinite ? number : 0.5
    }
  }

  mutating func text() -> String {
    let pieces: [UnicodeScalar] = [
      "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\u{1}", "\u{7F}", "é", "\u{301}", "ß", "中",
      "\u{2028}", "\u{D7FF}", "\u{E000}", "\u{FFFD}", "\u{FEFF}", "😀", "\u{10FFFF}",
    ]
    var scalars = String.UnicodeScalarView()
    for _ in 0..<below(8) { scalars.append(pick(pieces)) }
    return String(scalars)
  }
}

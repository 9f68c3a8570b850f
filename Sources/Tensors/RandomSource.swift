/// Random numbers that depend on their seed and on nothing else: the same on every machine, so that
/// the same seed trains the same expert.
///
/// The generator is xoshiro256** (Blackman and Vigna, 2018, public domain), seeded by SplitMix64 as
/// its authors advise. Not for secrets.
package struct RandomSource: RandomNumberGenerator, Sendable, Equatable {
  /// Four words, never all zero. Kept in checkpoints of a training run, which goes on with them.
  package private(set) var state: (UInt64, UInt64, UInt64, UInt64)

  /// A source that any seed, zero included, puts into a good state.
  package init(seed: UInt64) {
    var counter = seed
    func word() -> UInt64 {
      counter &+= 0x9E37_79B9_7F4A_7C15
      var mixed = counter
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
    state = (word(), word(), word(), word())
  }

  /// A source that goes on from the state of another; the words must not all be zero.
  package init(state: (UInt64, UInt64, UInt64, UInt64)) {
    precondition(state != (0, 0, 0, 0), "a generator in this state gives nothing but zeros")
    self.state = state
  }

  package mutating func next() -> UInt64 {
    func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
    let result = rotated(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, 45)
    return result
  }

  /// Whether two sources will give the same numbers.
  package static func == (left: RandomSource, right: RandomSource) -> Bool {
    left.state == right.state
  }

  /// A number in `-bound ..< bound`, one of 2²⁴ equally spaced ones: the standard library's own
  /// distributions may change between its versions.
  package mutating func uniform(bound: Float) -> Float {
    let unit = Float(next() >> 40) * 0x1p-24
    return (2 * unit - 1) * bound
  }

  /// The numbers `0 ..< count` in random order (Fisher and Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    guard count > 1 else { return order }
    for last in stride(from: count - 1, to: 0, by: -1) {
      // The upper half of a product is a fair choice but for 2⁻⁶⁴ · count.
      let choice = Int(next().multipliedFullWidth(by: UInt64(last + 1)).high)
      order.swapAt(last, choice)
    }
    return order
  }
}

extension [Float] {
  /// The place of the first NaN or infinity, or nil.
  ///
  /// Cost: one pass of three integer operations per element, which the compiler vectorises, since
  /// nothing in it can leave the loop early; the exact place is looked for only in a block that has
  /// one.
  package var firstNonFinite: Int? {
    var start = 0
    while start < count {
      let end = Swift.min(start + 4096, count)
      if !isFinite(start..<end) {
        return self[start..<end].firstIndex { !$0.isFinite }
      }
      start = end
    }
    return nil
  }

  /// Whether all elements of a range are finite.
  private func isFinite(_ range: Range<Int>) -> Bool {
    // Without its sign a finite number's pattern is below that of infinity: the difference is
    // negative, and so is the conjunction of all of them.
    var all: Int32 = -1
    for place in range {
      let pattern = Int32(bitPattern: self[place].bitPattern & 0x7FFF_FFFF)
      all &= pattern &- 0x7F80_0000
    }
    return all < 0
  }
}

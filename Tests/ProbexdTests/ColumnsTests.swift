import Testing
import probexd

/// How tables of training and evaluation line up.
@Suite struct ColumnsTests {
  @Test(
    "shares have three decimals",
    arguments: [
      (nil, "–"), (0, "0.000"), (1, "1.000"), (0.9996, "1.000"), (-0.0004, "0.000"),
      (-0.0625, "-0.063"), (12.5, "12.500"), (.nan, "nan"), (.infinity, "inf"),
    ] as [(Double?, String)])
  func shares(_ row: (value: Double?, shown: String)) {
    #expect(Columns.share(row.value) == row.shown)
  }

  @Test("names stand left, numbers right, and nothing at the end of a line")
  func lines() {
    let rows = [["split", "models", "path"], ["train", "7", "a"], ["τ", "1000", "bcd"]]
    #expect(
      Columns.lines(rows, names: [0, 2])
        == ["split  models  path", "train       7  a", "τ        1000  bcd"])
    #expect(Columns.lines([]) == [])
  }
}

/// Rows of cells as lines of one width, and numbers as they stand in them.
package enum Columns {
  /// The rows' lines, each column as wide as its widest cell: names to the left, numbers to the
  /// right.
  ///
  /// - Parameters:
  ///   - rows: of as many cells each.
  ///   - names: columns that hold names.
  package static func lines(_ rows: [[String]], names: Set<Int> = [0]) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += (column > 0 ? "  " : "") + (names.contains(column) ? cell + space : space + cell)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// Three decimals, all shown; what is not known is a dash.
  package static func share(_ value: Double?) -> String {
    guard let value else { return "–" }
    guard abs(value) < 1e9 else { return value.description }
    let thousandths = Int((abs(value) * 1000).rounded())
    let digits = String(1000 + thousandths % 1000).dropFirst()
    return "\(value < 0 && thousandths > 0 ? "-" : "")\(thousandths / 1000).\(digits)"
  }
}

extension Double {
  /// The number that people wrote: 0.1 as `Float` is 0.1 here, not 0.10000000149011612.
  init(asWritten number: Float) { self = Double(number.description) ?? Double(number) }
}

/// How lists of names read in sentences.
enum Wording {
  /// `a`, `a and b`, `a, b and c`; after the eighth the rest is counted, not listed.
  static func list(_ items: [String], separator: String = ", ") -> String {
    let shown = items.prefix(8)
    if items.count > shown.count {
      return shown.joined(separator: separator)
        + "\(separator)and \(items.count - shown.count) more"
    }
    guard separator == ", ", let last = shown.last, shown.count > 1 else {
      return shown.joined(separator: separator)
    }
    return shown.dropLast().joined(separator: separator) + " and " + last
  }

  /// The up to three names that look most like `name`, most alike first, by edit distance; none
  /// that share less than half of their letters.
  static func closest(to name: String, among names: [String]) -> [String] {
    let wanted = Array(name.lowercased().unicodeScalars.prefix(100))
    let distances = names.enumerated().map { place, other in
      (
        place: place,
        distance: distance(wanted, Array(other.lowercased().unicodeScalars.prefix(100)))
      )
    }
    return
      distances
      .filter { $0.distance * 2 <= max(wanted.count, 2) }
      .sorted { ($0.distance, $0.place) < ($1.distance, $1.place) }
      .prefix(3).map { names[$0.place] }
  }

  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let replaced = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}

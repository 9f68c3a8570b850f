/// Kendall's rank correlation (τ-b, Kendall 1945): how often two lists put pairs in the same order,
/// with ties counted out.
package enum KendallTau {
  /// −1…1; 0 where one of the lists is all ties. Costs every pair.
  package static func b(_ left: [Float], _ right: [Float]) -> Double {
    var (agree, differ, tiedLeft, tiedRight) = (0.0, 0.0, 0.0, 0.0)
    for i in left.indices {
      for j in left.indices.dropFirst(i + 1) {
        switch (left[i] == left[j], right[i] == right[j]) {
        case (true, true): break
        case (true, false): tiedLeft += 1
        case (false, true): tiedRight += 1
        case (false, false):
          if (left[i] < left[j]) == (right[i] < right[j]) { agree += 1 } else { differ += 1 }
        }
      }
    }
    let scale =
      ((agree + differ + tiedLeft) * (agree + differ + tiedRight)).squareRoot()
    return scale > 0 ? (agree - differ) / scale : 0
  }
}

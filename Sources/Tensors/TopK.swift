import HeapModule

/// The best of many scores.
package enum TopK {
  /// The places of the `count` greatest scores, greatest first; of equal scores the earlier place
  /// comes first. NaN counts as smaller than every number.
  ///
  /// Cost: `n · log(count)`.
  package static func indices(of scores: [Float], count: Int) -> [Int] {
    guard count > 0 else { return [] }
    var best = Heap<Candidate>()
    for (place, score) in scores.enumerated() {
      let candidate = Candidate(score: score.isNaN ? -.infinity : score, place: place)
      if best.count < count {
        best.insert(candidate)
      } else if let worst = best.min, worst < candidate {
        best.replaceMin(with: candidate)
      }
    }
    return best.unordered.sorted(by: >).map(\.place)
  }

  private struct Candidate: Comparable {
    let score: Float
    let place: Int

    static func < (left: Candidate, right: Candidate) -> Bool {
      left.score != right.score ? left.score < right.score : left.place > right.place
    }
  }
}

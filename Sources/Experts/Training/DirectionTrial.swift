import Tensors

/// Tries every way to read every layer on labels that are held out of training.
struct DirectionTrial {
  /// Labels that are held out together.
  typealias Fold = [Int]

  /// What is taken where nothing can be tried: the middle of what is.
  private static let untried = DirectionFit.Choice(floor: 1, penalty: 8, isAligned: false)
  private static let floors = [1.0, 5.0]
  private static let penalties = [2.0, 4.0, 8.0, 16.0]
  /// How often all labels are dealt out, and into how many folds.
  private static let (rounds, foldsPerRound) = (3, 4)
  /// With fewer labels a fold would hold one or none.
  private static let fewestLabels = 8
  /// Members beyond this many did not help, and each costs time.
  private static let mostMembers = 4

  let readings: [DirectionReading]
  let labels: DirectionFit.Labels
  /// Without labels that are held out nothing measures a choice, and there is one.
  private let choices: [DirectionFit.Choice]
  /// Cosines by fold, choice and reading, with what they should say.
  private var results: [FoldResult] = []

  private struct FoldResult {
    /// By choice and reading: models × candidates; `nil` where a way cannot be gone.
    var heldOut: [[Matrix?]]
    var heldOutTargets: [Int]
    var seen: [[Matrix?]]
    var seenTargets: [Int]
  }

  /// What did best.
  struct Verdict {
    let candidates: [Int]
    let choice: DirectionFit.Choice
    let zeroShot: Double?
    let seen: Double
  }

  init(_ readings: [DirectionReading], _ labels: DirectionFit.Labels) {
    self.readings = readings
    self.labels = labels
    // A projection can be like the identity only within one space.
    let canAlign = readings.allSatisfy { $0.training.columns == labels.texts.columns }
    guard Set(labels.training).count >= Self.fewestLabels else {
      choices = [Self.untried]
      return
    }
    choices = Self.floors.flatMap { floor in
      Self.penalties.flatMap { penalty in
        (canAlign ? [true, false] : [false]).map { isAligned in
          DirectionFit.Choice(floor: floor, penalty: penalty, isAligned: isAligned)
        }
      }
    }
  }

  /// The labels dealt out at random, every label once a round. Where there are too few, one fold
  /// without any: then all labels are learnt, and only validation models are asked about.
  static func folds(
    _ labels: DirectionFit.Labels, generator: inout RandomSource
  ) -> [Fold] {
    let all = Array(Set(labels.training)).sorted()
    guard all.count >= fewestLabels else { return [[]] }
    var folds: [Fold] = []
    for _ in 0..<rounds {
      let order = generator.permutation(all.count).map { all[$0] }
      for start in 0..<foldsPerRound {
        folds.append(
          stride(from: start, to: order.count, by: foldsPerRound).map { order[$0] }.sorted())
      }
    }
    return folds
  }

  /// Learns without the fold's labels, and asks about models that have them, and about validation
  /// models that have others.
  mutating func run(_ fold: Fold) {
    let held = Set(fold)
    let kept = Array(Set(labels.training).subtracting(held)).sorted()
    let training = labels.training.indices.filter { !held.contains(labels.training[$0]) }
    let ownHeld = labels.training.indices.filter { held.contains(labels.training[$0]) }
    let otherHeld = labels.validation.indices.filter { held.contains(labels.validation[$0]) }
    let keptSet = Set(kept)
    let seen = labels.validation.indices.filter { keptSet.contains(labels.validation[$0]) }
    let heldPlaces = Dictionary(uniqueKeysWithValues: zip(fold, fold.indices))
    let keptPlaces = Dictionary(uniqueKeysWithValues: zip(kept, kept.indices))
    let askedLabels = ownHeld.map { labels.training[$0] } + otherHeld.map { labels.validation[$0] }
    var result = FoldResult(
      heldOut: choices.map { _ in [] },
      heldOutTargets: askedLabels.map { heldPlaces[$0] ?? 0 },
      seen: choices.map { _ in [] },
      seenTargets: seen.map { keptPlaces[labels.validation[$0]] ?? 0 })
    for reading in readings {
      let own = training.map { labels.training[$0] }
      let responses = reading.training.selectingRows(training)
      let asked = reading.training.selectingRows(ownHeld)
        .stacked(on: reading.validation.selectingRows(otherHeld))
      let known = reading.validation.selectingRows(seen)
      for floor in Self.floors {
        let space = WhitenedSpace(responses, own, kept, floor: floor)
        let (heldOut, others) = (space?.whitening.forward(asked), space?.whitening.forward(known))
        for (place, choice) in choices.enumerated() where choice.floor == floor {
          let projection = space.flatMap {
            TextProjection(
              $0, labels.texts, kept, penalty: choice.penalty, isAligned: choice.isAligned)
          }
          result.heldOut[place].append(Self.cosines(heldOut, projection, labels.texts, fold))
          result.seen[place].append(Self.cosines(others, projection, labels.texts, kept))
        }
      }
    }
    results.append(result)
  }

  private static func cosines(
    _ representations: Matrix?, _ projection: TextProjection?, _ texts: Matrix, _ labels: [Int]
  ) -> Matrix? {
    guard let representations, let projection else { return nil }
    return Head.cosines(
      representations,
      with: projection.head.forward(texts.selectingRows(labels)).normalizingRows())
  }

  /// The layers and the settings with the best sum of both shares of right answers; the first of
  /// equals. Layers join in the order of how well each does alone.
  var verdict: Verdict {
    let alone = readings.indices.map { reading in
      choices.indices.map { total(shares([reading], $0)) }.max() ?? 0
    }
    let order = readings.indices.sorted { (alone[$0], $1) > (alone[$1], $0) }
    var best: (members: [Int], choice: Int, shares: (zeroShot: Double, seen: Double))?
    for count in 1...min(order.count, Self.mostMembers) {
      for choice in choices.indices {
        let members = Array(order.prefix(count))
        let shares = shares(members, choice)
        if best.map({ total(shares) > total($0.shares) }) ?? true {
          best = (members, choice, shares)
        }
      }
    }
    guard let best else { preconditionFailure("at least one reading was tried") }
    return Verdict(
      candidates: best.members, choice: choices[best.choice],
      zeroShot: results.contains { !$0.heldOutTargets.isEmpty } ? best.shares.zeroShot : nil,
      seen: best.shares.seen)
  }

  private func total(_ shares: (zeroShot: Double, seen: Double)) -> Double {
    shares.zeroShot + shares.seen
  }

  /// Shares of right answers of some readings together, mean over the folds.
  private func shares(_ members: [Int], _ choice: Int) -> (zeroShot: Double, seen: Double) {
    var (zeroShot, seen, seenFolds) = (0.0, 0.0, 0)
    for result in results {
      zeroShot += Self.share(members.map { result.heldOut[choice][$0] }, result.heldOutTargets)
      guard !result.seenTargets.isEmpty else { continue }
      seen += Self.share(members.map { result.seen[choice][$0] }, result.seenTargets)
      seenFolds += 1
    }
    return (zeroShot / Double(results.count), seen / Double(max(seenFolds, 1)))
  }

  private static func share(_ parts: [Matrix?], _ targets: [Int]) -> Double {
    let known = parts.compactMap(\.self)
    guard known.count == parts.count, var sum = known.first, !targets.isEmpty else { return 0 }
    for part in known.dropFirst() { sum = sum.adding(part) }
    return Evaluator.accuracy(sum, .oneOf(targets))
  }
}

extension Matrix {
  /// Both matrices' rows, the receiver's first.
  fileprivate func stacked(on other: Matrix) -> Matrix {
    Matrix(rows: rows + other.rows, columns: columns, values: values + other.values)
  }
}

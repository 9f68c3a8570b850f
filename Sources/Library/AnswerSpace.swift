import Experts
import Glibc
import Tensors

/// The labels that one expert is asked about in one request, ready to be scored. Made once for a
/// request, however many checkpoints it names.
struct AnswerSpace: Sendable {
  private enum Scoring: Sendable {
    /// Places of the labels among the expert's, and the threshold.
    case categories(places: [Int], threshold: Double)
    /// Directions of the labels, n × r_T, and the softmax temperature.
    case text(directions: Matrix, temperature: Float, table: String)
    /// Places of the labels among the expert's.
    case choice(places: [Int])
    case number(ExpertFacts.NumberScale)
  }

  /// What is said about one checkpoint.
  struct Answer {
    var labels: [Classification.Label] = []
    var number: Classification.Number?
    var abstains: Bool?
  }

  private let expert: Expert
  private let names: [String]
  private let scoring: Scoring
  private let top: Int

  /// Name of the text table, for text experts.
  var table: String? {
    if case .text(_, _, let table) = scoring { table } else { nil }
  }

  /// Threshold of the decisions, for category experts.
  var threshold: Double? {
    if case .categories(_, let threshold) = scoring { threshold } else { nil }
  }

  /// - Throws: `LibraryError` naming the option that does not fit this expert.
  init(_ options: ClassifyOptions, _ resident: ResidentExpert) throws(LibraryError) {
    expert = resident.expert
    let kind = resident.facts.kind
    if options.table != nil, kind != .text {
      throw Self.misplaced("table", resident.name, "does not answer over texts")
    }
    if options.threshold != nil, kind != .categories {
      throw Self.misplaced("threshold", resident.name, "answers no yes/no questions")
    }
    let owner = "expert “\(resident.name)”"
    switch resident.facts.output {
    case .categories(let labels, let threshold):
      let places = try Self.places(options.labels, among: labels, of: owner)
      names = places.map { labels[$0] }
      // The shortest decimal of the stored Float: 0.4 is shown as 0.4.
      scoring = .categories(
        places: places, threshold: options.threshold ?? Double(asWritten: threshold))
    case .choice(let labels):
      let places = try Self.places(options.labels, among: labels, of: owner)
      names = places.map { labels[$0] }
      scoring = .choice(places: places)
    case .text(_, let temperature, let table):
      let projected = try Self.table(options.table, standard: table, resident)
      let places = try Self.places(
        options.labels, among: projected.labels, of: "text table “\(projected.table)”")
      names = places.map { projected.labels[$0] }
      scoring = .text(
        directions: options.labels == nil
          ? projected.directions : projected.directions.selectingRows(places),
        temperature: temperature, table: projected.table)
    case .number(let scale):
      if options.labels != nil {
        throw Self.misplaced("labels", resident.name, "answers with a number")
      }
      names = []
      scoring = .number(scale)
    }
    top = min(options.top ?? names.count, names.count)
  }

  /// What one representation says; `nil` when a number of the answer is not finite.
  func answer(for representation: Matrix) -> Answer? {
    switch scoring {
    case .categories(let places, let threshold):
      return categories(representation, places, threshold)
    case .text(let directions, let temperature, _):
      let cosines = Head.cosines(representation, with: directions).values
      return oneOf(cosines, Vector.softmax(cosines, temperature: temperature), isLogit: false)
    case .choice(let places):
      let all = expert.outputs(representation).values
      let logits = places.map { all[$0] }
      return oneOf(logits, Vector.softmax(logits, temperature: 1), isLogit: true)
    case .number(let scale):
      return Classification.Number(scale, output: expert.outputs(representation).values[0])
        .map { Answer(number: $0) }
    }
  }

  private func categories(
    _ representation: Matrix, _ places: [Int], _ threshold: Double
  ) -> Answer? {
    let all = expert.outputs(representation).values
    let logits = places.map { all[$0] }
    guard logits.allSatisfy(\.isFinite) else { return nil }
    // Ordered by logit: far from zero, different logits round to the same probability.
    let labels = TopK.indices(of: logits, count: top).map { place in
      let probability = Vector.sigmoid(logits[place])
      return Classification.Label(
        label: names[place], score: probability, probability: probability,
        logit: logits[place], decision: Double(probability) > threshold,
        isUnsure: expert.facts.abstention.map { max(probability, 1 - probability) < $0.below })
    }
    return Answer(labels: labels)
  }

  private func oneOf(_ scores: [Float], _ probabilities: [Float], isLogit: Bool) -> Answer? {
    guard scores.allSatisfy(\.isFinite) else { return nil }
    let labels = TopK.indices(of: scores, count: top).map { place in
      Classification.Label(
        label: names[place], score: isLogit ? probabilities[place] : scores[place],
        probability: probabilities[place], logit: isLogit ? scores[place] : nil, decision: nil,
        isUnsure: nil)
    }
    let best = labels.first?.probability ?? 1
    return Answer(labels: labels, abstains: expert.facts.abstention.map { best < $0.below })
  }

  private static func misplaced(
    _ option: String, _ expert: String, _ nature: String
  ) -> LibraryError {
    LibraryError(
      .invalidArgument, option, problem: "the expert “\(expert)” \(nature).",
      remedy: "Leave \(option) out, or choose another expert.")
  }

  private static func places(
    _ wanted: [String]?, among labels: [String], of owner: String
  ) throws(LibraryError) -> [Int] {
    guard let wanted else { return Array(labels.indices) }
    let places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
    var result: [Int] = []
    var seen: Set<Int> = []
    for label in wanted {
      guard let place = places[label] else {
        let closest = Wording.closest(to: label, among: labels)
        throw LibraryError(
          .unknownLabel, label,
          problem: "the \(owner) has no such label"
            + (closest.isEmpty ? "." : "; the closest are \(Wording.list(closest))."),
          remedy: "Ask about labels that `probex/experts` and `probex/texts` list.")
      }
      if seen.insert(place).inserted { result.append(place) }
    }
    return result
  }

  private static func table(
    _ wanted: String?, standard: String?, _ resident: ResidentExpert
  ) throws(LibraryError) -> ProjectedTable {
    let fitting = resident.projections
    if let name = wanted ?? standard {
      if let table = fitting.first(where: { $0.table == name }) { return table }
      throw LibraryError(
        .unknownTable, name,
        problem: "the library has no text table of that name that fits the expert "
          + "“\(resident.name)”\(fitting.isEmpty ? "." : "; those that fit: ")"
          + (fitting.isEmpty ? "" : Wording.list(fitting.map(\.table)) + "."),
        remedy: "Name a table of the expert's encoder and dimension; `probex/texts` lists them.")
    }
    if fitting.count == 1 { return fitting[0] }
    throw LibraryError(
      .unknownTable, resident.name,
      problem: fitting.isEmpty
        ? "the library has no text table that fits this expert."
        : "several text tables fit this expert: \(Wording.list(fitting.map(\.table))).",
      remedy: "Name a table, or put one of the expert's encoder into the library's folder `texts`.")
  }
}

extension Classification.Number {
  /// The number that an output means; `nil` when it is not finite.
  init?(_ scale: ExpertFacts.NumberScale, output: Float) {
    func number(_ output: Float) -> Double {
      let value = Double(scale.mean) + Double(scale.deviation) * Double(output)
      return scale.isLogarithmic ? pow(10, value) : value
    }
    self.init(
      property: scale.property, value: number(output), low: number(output - scale.error),
      high: number(output + scale.error))
    guard value.isFinite, low.isFinite, high.isFinite else { return nil }
  }
}

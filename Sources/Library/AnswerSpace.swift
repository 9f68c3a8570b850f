import Experts
import Tensors

/// The labels that one expert is asked about in one request, ready to be scored. Made once for a
/// request, however many checkpoints it names.
struct AnswerSpace: Sendable {
  private enum Scoring: Sendable {
    /// Places of the labels among the expert's, and the threshold.
    case categories(Linear, places: [Int], threshold: Double)
    /// Directions of the labels, n × r_T, and the softmax temperature.
    case text(directions: Matrix, temperature: Float, table: String)
  }

  private let names: [String]
  private let scoring: Scoring
  private let top: Int

  /// Name of the text table, for text experts.
  var table: String? {
    if case .text(_, _, let table) = scoring { table } else { nil }
  }

  /// Threshold of the decisions, for category experts.
  var threshold: Double? {
    if case .categories(_, _, let threshold) = scoring { threshold } else { nil }
  }

  /// - Throws: `LibraryError` naming the option that does not fit this expert.
  init(_ options: ClassifyOptions, _ resident: ResidentExpert) throws(LibraryError) {
    switch (resident.facts.output, resident.expert.head) {
    case (.categories(let labels, let threshold), .categories(let linear)):
      if options.table != nil {
        throw Self.misplaced("table", resident.name, "answers yes/no questions, not over texts")
      }
      let places = try Self.places(options.labels, among: labels, of: "expert “\(resident.name)”")
      names = places.map { labels[$0] }
      // The shortest decimal of the stored Float: 0.4 is shown as 0.4.
      scoring = .categories(
        linear, places: places,
        threshold: options.threshold ?? Double(threshold.description) ?? Double(threshold))
    case (.text(_, let temperature, let table), .text):
      if options.threshold != nil {
        throw Self.misplaced("threshold", resident.name, "ranks texts and decides nothing")
      }
      let projected = try Self.table(options.table, standard: table, resident)
      let places = try Self.places(
        options.labels, among: projected.labels, of: "text table “\(projected.table)”")
      names = places.map { projected.labels[$0] }
      scoring = .text(
        directions: options.labels == nil
          ? projected.directions : projected.directions.selectingRows(places),
        temperature: temperature, table: projected.table)
    default:
      preconditionFailure("an Expert's output and head go together")
    }
    top = min(options.top ?? names.count, names.count)
  }

  /// Scores one representation.
  func labels(for representation: Matrix) -> [Classification.Label] {
    switch scoring {
    case .categories(let linear, let places, let threshold):
      let all = Head.logits(representation, linear).values
      let logits = places.map { all[$0] }
      // Ordered by logit: far from zero, different logits round to the same probability.
      return TopK.indices(of: logits, count: top).map { place in
        let probability = Vector.sigmoid(logits[place])
        return Classification.Label(
          label: names[place], score: probability, probability: probability,
          logit: logits[place], decision: Double(probability) > threshold)
      }
    case .text(let directions, let temperature, _):
      let cosines = Head.cosines(representation, with: directions).values
      let probabilities = Vector.softmax(cosines, temperature: temperature)
      return TopK.indices(of: cosines, count: top).map { place in
        Classification.Label(
          label: names[place], score: cosines[place], probability: probabilities[place],
          logit: nil, decision: nil)
      }
    }
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

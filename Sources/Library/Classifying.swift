import Checkpoints
import Experts
import Tensors

extension LibrarySnapshot {
  /// How many layers share one pass over an expert's encoder. The pass reads tens of megabytes, so
  /// that sharing it is the best lever; beyond 32 nothing more is won and memory is lost.
  private static let passSize = 32

  /// What the best or the named expert says about one checkpoint.
  ///
  /// Cost: one header, one layer, one forward pass.
  package func classify(
    _ checkpoint: String, _ options: ClassifyOptions = ClassifyOptions()
  ) throws(LibraryError) -> Classification {
    let results = try classify([checkpoint], options)
    return try results[0].get()
  }

  /// What experts say about many checkpoints, in their order. One that fails is an error in its own
  /// place; the same name twice is read once.
  ///
  /// - Parameters:
  ///   - progress: called with the number of checkpoints read so far.
  ///   - isCancelled: asked before each checkpoint.
  /// - Throws: `LibraryError` when an option is wrong for the library, or `cancelled`.
  package func classify(
    _ checkpoints: [String], _ options: ClassifyOptions, progress: (Int) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws(LibraryError) -> [Result<Classification, LibraryError>] {
    try validate(options)
    var spaces: [AnswerSpace?] = experts.map { _ in nil }
    let read = try represent(
      checkpoints, expert: options.expert, progress: progress, isCancelled: isCancelled)
    // Each distinct name once; then spread over the places that asked for it.
    return checkpoints.map { name in
      guard let outcome = read[ExactName(name)] else { preconditionFailure("every name was read") }
      return outcome.flatMap { represented in
        do throws(LibraryError) {
          return .success(try answer(represented, options, &spaces))
        } catch {
          return .failure(error)
        }
      }
    }
  }

  /// The representation that the best or the named expert makes of one checkpoint.
  package func embed(
    _ checkpoint: String, expert: String? = nil
  ) throws(LibraryError) -> Embedding {
    if let expert { _ = try expertIndex(named: expert) }
    let read = try represent(
      [checkpoint], expert: expert, progress: { _ in }, isCancelled: { false })
    guard let outcome = read[ExactName(checkpoint)] else {
      preconditionFailure("every name was read")
    }
    let represented = try outcome.get()
    let chosen = represented.chosen
    let resident = experts[chosen.expertIndex]
    return Embedding(
      checkpoint: checkpoint, path: chosen.checkpoint.path, expert: resident.name,
      tree: resident.facts.tree, layer: chosen.layer.name,
      layers: chosen.layerNames,
      representation: represented.representation.values, choice: chosen.choice,
      warnings: chosen.warnings)
  }

  // MARK: - Steps

  /// A checkpoint that an expert has read.
  private struct Represented {
    let chosen: Chosen
    /// 1 × r_T.
    let representation: Matrix
  }

  private func validate(_ options: ClassifyOptions) throws(LibraryError) {
    if let name = options.expert {
      // What is wrong with the options for a named expert is wrong for every checkpoint.
      _ = try AnswerSpace(options, experts[try expertIndex(named: name)])
    }
    if let top = options.top, top < 1 {
      throw LibraryError(
        .invalidArgument, "top", problem: "\(top) is less than 1.",
        remedy: "Ask for at least one label, or leave top out to get all.")
    }
    if let threshold = options.threshold, !(0...1).contains(threshold) {
      throw LibraryError(
        .invalidArgument, "threshold", problem: "\(threshold) does not lie between 0 and 1.",
        remedy: "Give a probability.")
    }
    if let labels = options.labels, labels.isEmpty {
      throw LibraryError(
        .invalidArgument, "labels", problem: "the list is empty.",
        remedy: "Name at least one label, or leave labels out to ask about all.")
    }
  }

  private func answer(
    _ represented: Represented, _ options: ClassifyOptions, _ spaces: inout [AnswerSpace?]
  ) throws(LibraryError) -> Classification {
    let chosen = represented.chosen
    let resident = experts[chosen.expertIndex]
    let space: AnswerSpace
    if let known = spaces[chosen.expertIndex] {
      space = known
    } else {
      space = try AnswerSpace(options, resident)
      spaces[chosen.expertIndex] = space
    }
    guard let answer = space.answer(for: represented.representation) else {
      throw Self.overflow(chosen, resident)
    }
    return Classification(
      checkpoint: chosen.checkpoint.name, path: chosen.checkpoint.path, expert: resident.name,
      kind: resident.facts.kind.rawValue, tree: resident.facts.tree, layer: chosen.layer.name,
      layers: chosen.layerNames, table: space.table, labels: answer.labels,
      threshold: space.threshold, number: answer.number, abstains: answer.abstains,
      choice: chosen.choice, warnings: chosen.warnings)
  }

  private func represent(
    _ names: [String], expert: String?, progress: (Int) -> Void, isCancelled: () -> Bool
  ) throws(LibraryError) -> [ExactName: Result<Represented, LibraryError>] {
    // By exact name: two spellings of an accented letter are two files.
    var results: [ExactName: Result<Represented, LibraryError>] = [:]
    var passes: [Pass?] = experts.map { _ in nil }
    var queued: Set<ExactName> = []

    func run(_ pass: Pass) {
      let resident = experts[pass.expertIndex]
      for (chosen, representation) in pass.representations(by: resident.expert) {
        // A length that is no number of its own would make every cosine 0.
        results[ExactName(chosen.checkpoint.name)] =
          Vector.length(representation.values[...]).isFinite
          ? .success(Represented(chosen: chosen, representation: representation))
          : .failure(Self.overflow(chosen, resident))
      }
    }

    for (done, name) in names.enumerated() {
      if isCancelled() {
        throw LibraryError(
          .cancelled, name, problem: "the request was cancelled.", remedy: "Ask again.")
      }
      if queued.insert(ExactName(name)).inserted {
        do throws(LibraryError) {
          let chosen = try choose(name, wanted: expert)
          let layers = try read(chosen)
          let index = chosen.expertIndex
          // Taken out while it is changed, so that its numbers are not copied.
          var pass =
            passes[index]
            ?? Pass(
              expertIndex: index, expert: experts[index].expert,
              capacity: min(names.count, Self.passSize))
          passes[index] = nil
          pass.append(chosen, layers, experts[index].expert)
          if pass.isFull { run(pass) } else { passes[index] = pass }
        } catch {
          results[ExactName(name)] = .failure(error)
        }
      }
      progress(done + 1)
    }
    for case let pass? in passes { run(pass) }
    return results
  }

  /// The layer of each of the expert's members; one that several read is read once.
  private func read(_ chosen: Chosen) throws(LibraryError) -> [Layer] {
    let scaling = experts[chosen.expertIndex].facts.loraScaling
    var layers: [Layer] = []
    for (place, record) in chosen.layers.enumerated() {
      if let earlier = chosen.layers[..<place].firstIndex(of: record) {
        layers.append(layers[earlier])
        continue
      }
      do {
        layers.append(try chosen.checkpoint.layer(record, scaling: scaling))
      } catch {
        throw LibraryError(error)
      }
    }
    return layers
  }

  private static func overflow(_ chosen: Chosen, _ resident: ResidentExpert) -> LibraryError {
    LibraryError(
      .notFinite, chosen.checkpoint.name,
      problem: "the weights of “\(chosen.layer.name)” are so large that the expert "
        + "“\(resident.name)” overflows.",
      remedy: "Check the checkpoint; weights of a trained model are far smaller.")
  }
}

/// Checkpoints that wait for one pass over an expert's encoders.
private struct Pass {
  let expertIndex: Int
  private var chosen: [Chosen] = []
  /// What each member has read of them.
  private var projected: [[Float]]
  private let capacity: Int

  init(expertIndex: Int, expert: Expert, capacity: Int) {
    self.expertIndex = expertIndex
    self.capacity = capacity
    projected = expert.members.map {
      [Float](repeating: 0, count: capacity * $0.network.projectedCount)
    }
  }

  var isFull: Bool { chosen.count == capacity }

  mutating func append(_ one: Chosen, _ layers: [Layer], _ expert: Expert) {
    for place in expert.members.indices {
      expert.members[place].project(layers[place], into: &projected[place], row: chosen.count)
    }
    chosen.append(one)
  }

  func representations(by expert: Expert) -> [(Chosen, Matrix)] {
    let parts = expert.members.indices.map { place in
      let network = expert.members[place].network
      let width = network.projectedCount
      return network.represent(
        Matrix(
          rows: chosen.count, columns: width,
          values: Array(projected[place].prefix(chosen.count * width))))
    }
    let all = expert.joined(parts)
    return chosen.enumerated().map { row, one in
      (one, Matrix(rows: 1, columns: all.columns, values: Array(all.row(row))))
    }
  }
}

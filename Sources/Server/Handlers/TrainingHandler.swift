import Library
import Messages
import Transport

/// `probex/train`: trains an expert into the library's folder, and has it served from then on.
func train(
  _ params: TrainMessage.Params, _ library: LibraryHolder, _ context: RequestContext
) throws -> TrainMessage.Result {
  let snapshot = try library.snapshot(for: context)
  try params.check()
  let (report, expert) = try wired { () throws(LibraryError) in
    let request = try TrainingRequest(params, snapshot)
    context.progress.begin(title: "Training “\(params.name)”", percentage: 0)
    let report: TrainingReport
    do throws(LibraryError) {
      report = try ExpertTraining.run(
        request, options: library.options,
        step: { step in
          // The question comes first: the text of a report costs more than the step's own share.
          guard context.progress.isWanted else { return }
          context.progress.report(message: step.words, percentage: step.percentage)
        }, isCancelled: { context.isCancelled })
    } catch {
      throw error.namingParameters
    }
    return (report, try snapshot.expert(in: report.path))
  }
  library.serve(expert)
  return TrainMessage.Result(
    expert: ExpertEntry(expert.description), splits: report.splits, bestEpoch: report.bestEpoch,
    skipped: report.skipped)
}

extension TrainingRequest {
  /// The request as the library takes it: each parameter in its place, in the order of the message.
  fileprivate init(
    _ params: TrainMessage.Params, _ library: LibrarySnapshot
  ) throws(LibraryError) {
    let kind: Kind
    switch params.kind {
    case .categories: kind = .categories
    case .text:
      kind = .text(
        table: try library.file(ofTable: params.table ?? ""),
        temperature: params.temperature ?? 1)
    }
    self.init(
      zoo: params.zoo, kind: kind, layer: params.layer,
      labelKey: params.labelKey ?? "dataset_chosen_targets",
      output: try library.file(forExpert: params.name, replacing: params.replace ?? false))
    tree = params.tree
    seed = params.seed ?? seed
    epochs = params.epochs ?? epochs
    batch = params.batch ?? batch
    probes = params.probes ?? probes
    representation = params.representation ?? representation
    rate = params.rate ?? rate
    weightDecay = params.weightDecay ?? weightDecay
    threads = params.threads ?? threads
  }
}

extension TrainMessage.Params {
  /// Numbers in an expert's encoder, probes × probes × representation: 16 times those of the
  /// largest published one. Training keeps some five copies of each.
  private static let encoderLimit = 1 << 27

  /// Refuses what no training could be started with; what the models say is the library's business.
  fileprivate func check() throws(ResponseError) {
    for (parameter, text) in [("zoo", zoo), ("layer", layer)] where text.isEmpty {
      throw .invalidParams(parameter: parameter, problem: "must not be empty")
    }
    if kind == .text, table == nil {
      throw .invalidParams(
        parameter: "table", problem: "must name the text table that a text expert learns")
    }
    for (parameter, isGiven) in [("table", table != nil), ("temperature", temperature != nil)]
    where kind != .text && isGiven {
      throw .invalidParams(parameter: parameter, problem: "belongs to experts of the kind `text`")
    }
    try check("epochs", epochs, 1...1_000_000)
    try check("batch", batch, 1...1_000_000)
    try check("probes", probes, 1...1024)
    try check("representation", representation, 1...65_536)
    try check("threads", threads, 1...2)
    let width = probes ?? 128
    if width * width * (representation ?? 128) > Self.encoderLimit {
      throw .invalidParams(
        parameter: "probes",
        problem: "probes × probes × representation must not be more than \(Self.encoderLimit)",
        limit: Self.encoderLimit)
    }
    try check("temperature", temperature, above: 0)
    try check("rate", rate, above: 0)
    if let weightDecay, weightDecay < 0 || !Float(weightDecay).isFinite {
      throw .invalidParams(parameter: "weightDecay", problem: "must not be negative, nor too great")
    }
  }

  private func check(
    _ parameter: String, _ value: Int?, _ range: ClosedRange<Int>
  ) throws(ResponseError) {
    guard let value, !range.contains(value) else { return }
    throw .invalidParams(
      parameter: parameter,
      problem: "must lie between \(range.lowerBound) and \(range.upperBound)")
  }

  /// Networks count in single precision, so the number must be one there too.
  private func check(
    _ parameter: String, _ value: Double?, above limit: Float
  ) throws(ResponseError) {
    guard let value, !(Float(value) > limit && Float(value).isFinite) else { return }
    throw .invalidParams(parameter: parameter, problem: "must be more than 0, and not too great")
  }
}

extension LibraryError {
  /// The same with options of the command line by their names on the wire: `label-key` is
  /// `labelKey`.
  fileprivate var namingParameters: LibraryError {
    guard kind == .invalidArgument else { return self }
    let words = subject.split(separator: "-")
    let name = words.dropFirst().reduce(String(words.first ?? "")) { name, word in
      name + word.prefix(1).uppercased() + word.dropFirst()
    }
    guard TrainMessage.parameters.contains(where: { $0.name == name }) else { return self }
    return LibraryError(kind, name, problem: problem, remedy: remedy)
  }
}

extension TrainingReport {
  fileprivate var splits: [TrainMessage.Result.Split] {
    ["train", "val", "test"].compactMap { split in
      guard let count = models[split], let accuracy = accuracy[split] else { return nil }
      return TrainMessage.Result.Split(split: split, models: count, accuracy: accuracy)
    }
  }
}

extension TrainingStep {
  /// For a person.
  fileprivate var words: String {
    func short(_ number: Double) -> String { "\((number * 10_000).rounded() / 10_000)" }
    switch self {
    case .zoo(let done, let total): return "reading headers: \(done) of \(total)"
    case .layers(let done, let total): return "reading layers: \(done) of \(total)"
    case .epoch(let done, let total, let loss, let accuracy, let best):
      return "epoch \(done) of \(total): loss \(short(loss)), validation accuracy "
        + "\(short(accuracy)), best \(short(best))"
    }
  }

  /// 0…100: headers are the first 5, layers the next 10, epochs the rest.
  fileprivate var percentage: Int {
    func share(_ done: Int, _ total: Int, from start: Double, to end: Double) -> Int {
      Int(start + (end - start) * Double(done) / Double(max(total, 1)))
    }
    switch self {
    case .zoo(let done, let total): return share(done, total, from: 0, to: 5)
    case .layers(let done, let total): return share(done, total, from: 5, to: 15)
    case .epoch(let done, let total, _, _, _): return share(done, total, from: 15, to: 100)
    }
  }
}

import Library
import Messages
import Transport

/// `probex/train`: trains an expert into the library's folder, and has it served from then on.
func train(
  _ params: TrainMessage.Params, _ library: LibraryHolder, _ context: RequestContext
) throws -> TrainMessage.Result {
  let snapshot = try library.snapshot(for: context)
  try params.check()
  let request = try wired { () throws(LibraryError) in try TrainingRequest(params, snapshot) }
  context.progress.begin(title: "Training “\(params.name)”", percentage: 0)
  var progress = TrainingProgress(networks: request.layers.count)
  let report = try wired { () throws(LibraryError) in
    do throws(LibraryError) {
      return try ExpertTraining.run(
        request, options: library.options,
        step: { step in
          // The question comes first: the text of a report costs more than the step's own share.
          guard context.progress.isWanted else { return }
          let percentage = progress.percentage(step)
          context.progress.report(
            message: step.words, percentage: percentage, isTurn: step.isTurn)
        }, isCancelled: { context.isCancelled })
    } catch {
      throw error.namingParameters
    }
  }
  let expert = try wired { () throws(LibraryError) in try snapshot.expert(in: report.path) }
  library.serve(expert)
  return TrainMessage.Result(ExpertEntry(expert.description), report)
}

extension TrainingRequest {
  /// The request as the library takes it: each parameter in its place, in the order of the message.
  fileprivate init(
    _ params: TrainMessage.Params, _ library: LibrarySnapshot
  ) throws(LibraryError) {
    let kind: Kind
    switch params.kind {
    case .categories: kind = .categories
    case .choice: kind = .choice
    case .number: kind = .number
    case .text:
      var files: [String] = []
      for table in params.tables ?? [] { files.append(try library.file(ofTable: table)) }
      kind = .text(tables: files)
    }
    self.init(
      zoo: params.zoo, kind: kind, layers: params.layers ?? [],
      labelKey: params.labelKey ?? "dataset_chosen_targets",
      output: try library.file(forExpert: params.name, replacing: params.replace ?? false))
    method = params.method.flatMap { Method(rawValue: $0.rawValue) } ?? method
    tree = params.tree
    seed = params.seed ?? seed
    let wanted = params.errorRate ?? 0.05
    errorRate = wanted > 0 ? wanted : nil
    isCalibrated = params.calibrate ?? isCalibrated
    epochs = params.epochs ?? epochs
    patience = params.patience
    batch = params.batch ?? batch
    probes = params.probes ?? probes
    representation = params.representation ?? representation
    rate = params.rate ?? rate
    weightDecay = params.weightDecay ?? weightDecay
    isCentred = params.centre ?? isCentred
    inputScale = params.autoScale == true ? .automatic : .fixed(params.inputScale ?? 1)
    // A tenth is where published contrastive training starts, too.
    temperature =
      params.learnTemperature == true
      ? .learned(from: params.temperature ?? 0.1) : .fixed(params.temperature ?? 1)
    // Helping threads are not the lane's own: they would not let requests go first.
    threads = 1
  }
}

extension LibraryError {
  /// Options of the command line, where parameters have other names.
  private static let parameters = ["layer": "layers", "label-key": "labelKey", "texts": "tables"]

  /// The same by the names on the wire.
  fileprivate var namingParameters: LibraryError {
    guard kind == .invalidArgument, let name = Self.parameters[subject] else { return self }
    return LibraryError(kind, name, problem: problem, remedy: remedy)
  }
}

extension TrainMessage.Result {
  fileprivate init(_ expert: ExpertEntry, _ report: TrainingReport) {
    self.init(
      expert: expert, splits: report.splits.map(Split.init),
      members: report.members.map {
        Member(network: $0.network, layer: $0.layer, bestEpoch: $0.bestEpoch)
      }, zeroShot: report.zeroShot, skipped: report.skipped)
  }
}

extension TrainMessage.Result.Split {
  fileprivate init(_ verdict: SplitVerdict) {
    self.init(split: verdict.split, models: verdict.models, accuracy: verdict.accuracy)
    calibrationError = verdict.calibrationError
    answered = verdict.answered
    errorAnswered = verdict.errorAnswered
    absoluteError = verdict.absoluteError
    rankCorrelation = verdict.rankCorrelation
  }
}

extension TrainingStep {
  /// A closed form says which layer it works on, then nothing until that is done.
  fileprivate var isTurn: Bool { if case .fitting = self { true } else { false } }

  /// For a person.
  fileprivate var words: String {
    func short(_ number: Double) -> String { "\((number * 10_000).rounded() / 10_000)" }
    switch self {
    case .zoo(let done, let total): return "reading headers: \(done) of \(total)"
    case .layers(let done, let total): return "reading models: \(done) of \(total)"
    case .fitting(let layer, let done, let total): return "layer \(done) of \(total): \(layer)"
    case .epoch(let done, let total, let loss, let accuracy, let best):
      return "epoch \(done) of \(total): loss \(short(loss)), validation accuracy "
        + "\(short(accuracy)), best \(short(best))"
    }
  }
}

/// How much of a training is done: headers are the first 5 of 100, layers the next 10, learning the
/// rest, of which each network has the same part.
private struct TrainingProgress {
  private let networks: Int
  private var network = 0
  private var epoch = 0

  /// - Parameter networks: how many are trained one after the other; 0 stands for one.
  init(networks: Int) { self.networks = max(networks, 1) }

  /// 0…100.
  mutating func percentage(_ step: TrainingStep) -> Int {
    func share(_ done: Double, _ total: Int, from start: Double, to end: Double) -> Int {
      Int(start + (end - start) * min(1, done / Double(max(total, 1))))
    }
    switch step {
    case .zoo(let done, let total): return share(Double(done), total, from: 0, to: 5)
    case .layers(let done, let total): return share(Double(done), total, from: 5, to: 15)
    // The layer that is named is being worked on.
    case .fitting(_, let place, let total):
      return share(Double(max(place - 1, 0)), total, from: 15, to: 100)
    case .epoch(let done, let total, _, _, _):
      if done <= epoch { network += 1 }
      epoch = done
      let part = Double(done) / Double(max(total, 1))
      return share(Double(network) + part, networks, from: 15, to: 100)
    }
  }
}

import Checkpoints
import Experts
import JSON
import Tensors

/// An expert as training leaves it: calibrated, judged, and ready to be written.
struct TrainedExpert {
  let expert: Expert
  /// In the order of their names.
  let tensors: [SafetensorsWriter.Tensor]
  private let members: [TrainedMember]
  private let splits: [SplitVerdict]
  private let zeroShot: Double?
  private let labels: Int

  /// Puts members together and calibrates them on the validation models.
  init(
    _ members: [TrainedMember], _ zeroShot: Double?, _ plan: TrainingPlan, _ input: TrainingInput,
    _ request: TrainingRequest
  ) throws {
    self.members = members
    self.zeroShot = zeroShot
    labels = plan.labels.count
    var facts = plan.facts(members.map(\.reading))
    var texts: Matrix?
    if case .text(let embeddings, _) = plan.task { texts = embeddings }
    let places = members.map { member in
      input.records.firstIndex { $0.name == member.reading.layer.name } ?? 0
    }
    func layers(_ models: [Int]) -> [[StoredLayer]] {
      models.map { model in places.map { input.models[model].layers[$0] } }
    }
    let validation = plan.models(.validation)
    let plain = try Expert(facts: facts, members: members.map(\.member), subject: request.output)
    let said = try Self.finite(
      try TrainingVerdict(plain, texts: texts).outputs(layers(validation)), validation, input)
    facts.calibrate(
      said, plan.targets(validation), request, temperature: members[0].temperature)
    var splits: [SplitVerdict] = []
    let judged = TrainingVerdict(
      try Expert(facts: facts, members: members.map(\.member), subject: request.output),
      texts: texts)
    for split in [ZooSplit.train, .validation, .test] {
      let models = plan.models(split)
      guard !models.isEmpty else { continue }
      let outputs = try Self.finite(try judged.outputs(layers(models)), models, input)
      splits.append(judged.verdict(split.rawValue, outputs, plan.targets(models)))
    }
    facts.training = Self.training(request, splits, members, zeroShot)
    expert = try Expert(facts: facts, members: members.map(\.member), subject: request.output)
    self.splits = splits
    tensors = members.enumerated().flatMap { place, member in
      let prefix = NetworkTensors.prefix(place, of: members.count)
      return member.tensors.map { $0.renamed(prefix + $0.name) }
    }.sorted { $0.name < $1.name }
  }

  /// Outputs about models that are all numbers; no probability can be made honest otherwise.
  private static func finite(
    _ outputs: Matrix, _ models: [Int], _ input: TrainingInput
  ) throws(LibraryError) -> Matrix {
    for (row, model) in models.enumerated()
    where !outputs.row(row).allSatisfy(\.isFinite) {
      throw LibraryError(
        .notFinite, input.models[model].name,
        problem: "its weights are so large that what the expert says about it overflows.",
        remedy: "Check that model, or leave it out; weights of a trained model are far smaller.")
    }
    return outputs
  }

  /// What a caller is told.
  func report(path: String, skipped: [String]) -> TrainingReport {
    TrainingReport(
      path: path, kind: expert.facts.kind.rawValue,
      members: members.map {
        TrainingReport.Member(
          network: $0.reading.network.rawValue, layer: $0.reading.layer.name,
          bestEpoch: $0.bestEpoch)
      }, skipped: skipped, labels: labels, splits: splits, zeroShot: zeroShot)
  }

  /// What the expert's file says of its training; the same request gives the same text.
  private static func training(
    _ request: TrainingRequest, _ splits: [SplitVerdict], _ members: [TrainedMember],
    _ zeroShot: Double?
  ) -> JSONObject {
    func bySplit(_ value: (SplitVerdict) -> JSONValue?) -> JSONValue {
      .object(JSONObject(splits.compactMap { split in value(split).map { (split.split, $0) } }))
    }
    var entries: [(String, JSONValue)] = [
      ("method", .string(request.method.rawValue)), ("label_key", .string(request.labelKey)),
      ("request", .string(request.digest)),
      ("models", bySplit { .integer(Int64($0.models)) }),
      ("seed", .string(String(request.seed))),
      ("accuracy", bySplit { .number($0.accuracy) }),
      ("calibration_error", bySplit { $0.calibrationError.map(JSONValue.number) }),
    ]
    if let zeroShot { entries.append(("zero_shot", .number(zeroShot))) }
    if request.method != .best {
      entries += [
        ("epochs", .integer(Int64(request.epochs))), ("batch", .integer(Int64(request.batch))),
        ("rate", .number(request.rate)), ("weight_decay", .number(request.weightDecay)),
      ]
      // Under the name that the published code gives it; of several members the first one's.
      if let epoch = members[0].bestEpoch { entries.append(("epoch", .string(String(epoch)))) }
    }
    return JSONObject(entries)
  }
}

extension ExpertFacts {
  /// Makes probabilities honest and sets the border below which the expert abstains, by what it
  /// said about the validation models.
  mutating func calibrate(
    _ outputs: Matrix, _ targets: TrainingTargets, _ request: TrainingRequest, temperature: Float
  ) {
    var outputs = outputs
    var warmth = temperature
    switch (output, targets) {
    case (.categories, .categories(let wanted)):
      // Closed forms were calibrated on models that were left out, of which there are more.
      if request.isCalibrated, request.method != .best {
        calibration = Calibrating.platt(outputs.values, wanted.values.map { $0 > 0.5 })
      }
    case (.choice, .oneOf(let places)):
      if request.isCalibrated, request.method != .best {
        calibration.slope = 1 / Calibrating.temperature(outputs, places)
      }
      warmth = 1
    case (.text(let space, _, let table), .oneOf(let places)):
      if request.isCalibrated { warmth = Calibrating.temperature(outputs, places) }
      output = .text(space, temperature: warmth, table: table)
    case (.number(var scale), .numbers(let wanted)):
      let square = zip(outputs.values, wanted).reduce(0.0) { sum, pair in
        sum + Double(pair.0 - pair.1) * Double(pair.0 - pair.1)
      }
      scale.error = Float((square / Double(max(wanted.count, 1))).squareRoot())
      output = .number(scale)
    default: break
    }
    for index in outputs.values.indices where calibration != .none {
      outputs.values[index] =
        calibration.slope * outputs.values[index] + calibration.intercept
    }
    if let rate = request.errorRate {
      let (confidences, right) = TrainingVerdict.answers(outputs, targets, temperature: warmth)
      abstention = Calibrating.abstention(confidences, right, errorRate: rate)
    }
  }
}

import ArgumentParser
import Library

/// Which answers an expert gives.
enum TrainingKind: String, ExpressibleByArgument, CaseIterable {
  case categories
  case text
  case choice
  case number
}

extension TrainingRequest.Method: ExpressibleByArgument {}

/// A number, or a word in its place.
struct NumberOrWord: ExpressibleByArgument {
  /// The number, or the one that stands behind the word and a colon.
  let number: Double?
  /// The word; `nil` for a plain number.
  let word: String?

  init?(argument: String) {
    if let number = Double(argument), number.isFinite {
      (self.number, word) = (number, nil)
      return
    }
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty else { return nil }
    word = String(first)
    guard parts.count == 2 else {
      number = nil
      return
    }
    guard let value = Double(parts[1]), value.isFinite else { return nil }
    number = value
  }
}

/// What is trained, from which models and how: shared by the commands that train.
struct TrainingArguments: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("What is learnt.", valueName: "kind"))
  var kind: TrainingKind = .categories

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A layer that the expert reads; may be repeated.",
      discussion: "Default: of all layers that the models share, the best.", valueName: "name"))
  var layer: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp("The header entry or column that holds the labels.", valueName: "key"))
  var labelKey: String = "dataset_chosen_targets"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A text table that embeds the labels (text); several are several prompts for each label.",
      valueName: "table"))
  var texts: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What cosines are divided by before the softmax (text): a number, or learned:START;"
        + " default: 1, which is none.",
      valueName: "t"))
  var temperature: NumberOrWord?

  @Option(name: .long, help: ArgumentHelp("Decides every random choice.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Passes over the models; default: 200, for texts 100 (networks).", valueName: "n"))
  var epochs: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Stop after so many epochs without a better one; default: never (networks).", valueName: "n"))
  var patience: Int?

  @Option(name: .long, help: ArgumentHelp("Models of one step (networks).", valueName: "n"))
  var batch: Int = 128

  @Option(name: .long, help: ArgumentHelp("Probes, and projected rows (networks).", valueName: "n"))
  var probes: Int = 128

  @Option(
    name: .long, help: ArgumentHelp("Numbers of a representation (networks).", valueName: "n"))
  var representation: Int = 128

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Learning rate; default: 0.001, texts 0.002, mvprobe 0.0003 (networks).", valueName: "x"))
  var rate: Double?

  @Option(
    name: .long,
    help: ArgumentHelp("Weight decay; default: 0.00001, for texts 0 (networks).", valueName: "x"))
  var weightDecay: Double?

  @Flag(name: .long, help: "Take the mean layer of the training models away first (networks).")
  var centre = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What layers are multiplied with first (networks): a number, or auto; default: 1.",
      valueName: "x"))
  var inputScale: NumberOrWord?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Say “unsure” so that no more than this share of the other answers is wrong; 0 for never.",
      valueName: "share"))
  var errorRate: Double = 0.05

  @Flag(
    inversion: .prefixedNo, help: "Make probabilities honest on the validation models (networks).")
  var calibration = true

  @Option(
    name: .long, help: ArgumentHelp("1 or 2; the expert is the same.", valueName: "n"))
  var threads: Int = 2

  mutating func validate() throws {
    guard (kind == .text) == !texts.isEmpty else {
      throw ValidationError("--kind text needs --texts, the other kinds have none.")
    }
    guard (1...2).contains(threads), batch > 0, probes > 0, representation > 0,
      (epochs ?? 1) > 0, (patience ?? 1) > 0
    else {
      throw ValidationError("--threads is 1 or 2; sizes, --epochs and --patience are positive.")
    }
    guard (rate ?? 1) > 0, (weightDecay ?? 0) >= 0, (0..<1).contains(errorRate) else {
      throw ValidationError(
        "--rate is positive, --weight-decay is not negative, --error-rate lies in 0..<1.")
    }
    guard temperature?.word == nil || temperature?.word == "learned",
      (temperature?.number ?? 0.1) > 0, inputScale?.word == nil || inputScale?.word == "auto",
      inputScale?.number != 0
    else {
      throw ValidationError(
        "--temperature is a positive number, learned or learned:START; --input-scale is a number "
          + "other than 0, or auto.")
    }
  }

  /// The request for a zoo.
  func request(zoo: String, method: TrainingRequest.Method, output: String) -> TrainingRequest {
    var request = TrainingRequest(
      zoo: zoo, kind: requestKind, layers: layer, labelKey: labelKey, output: output)
    request.method = method
    if method == .mvProbe { request.rate = 3e-4 }
    request.seed = seed
    request.epochs = epochs ?? request.epochs
    request.patience = patience
    request.batch = batch
    request.probes = probes
    request.representation = representation
    request.rate = rate ?? request.rate
    request.weightDecay = weightDecay ?? request.weightDecay
    request.isCentred = centre
    request.inputScale = inputScale?.word == "auto" ? .automatic : .fixed(inputScale?.number ?? 1)
    // A tenth is where published contrastive training starts, too.
    request.temperature =
      temperature?.word == nil
      ? .fixed(temperature?.number ?? 1) : .learned(from: temperature?.number ?? 0.1)
    request.errorRate = errorRate > 0 ? errorRate : nil
    request.isCalibrated = calibration
    request.threads = threads
    return request
  }

  private var requestKind: TrainingRequest.Kind {
    switch kind {
    case .categories: .categories
    case .text: .text(tables: texts)
    case .choice: .choice
    case .number: .number
    }
  }
}

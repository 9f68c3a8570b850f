import JSON

/// What a PEFT adapter's `adapter_config.json` says about the scale of its LoRA pairs.
///
/// Source: PEFT 0.21, `LoraConfig` and its documentation; absent members have that class's
/// defaults.
struct AdapterConfig {
  /// The configuration's path, for errors.
  let path: String
  /// The model that the adapter was trained on; often a path of the trainer's own machine.
  let baseModel: String?
  /// Why no layer of this adapter can be read, if so.
  let refusal: CheckpointError?
  /// Whether the base model stores these weights as inputs × outputs.
  let fanInFanOut: Bool

  private let rank: Int
  private let alpha: Double
  private let rankPattern: [(pattern: String, value: Double)]
  private let alphaPattern: [(pattern: String, value: Double)]
  private let rankStabilised: Bool

  /// A configuration has some kilobytes; one of megabytes is another file.
  private static let greatestSize = 4 << 20

  /// - Throws: `.malformed`, and as `CheckedFile.contents`.
  init(path: String) throws(CheckpointError) {
    let bytes = try CheckedFile.contents(of: path, limit: Self.greatestSize)
    let fields = try ConfigFields(bytes, path: path)
    self.path = path
    baseModel = try fields.text("base_model_name_or_path")
    fanInFanOut = try fields.flag("fan_in_fan_out")
    rank = try fields.positiveInteger("r") ?? 8
    alpha = try fields.number("lora_alpha") ?? 8
    rankPattern = try fields.numbers("rank_pattern")
    alphaPattern = try fields.numbers("alpha_pattern")
    rankStabilised = try fields.flag("use_rslora")
    refusal = try Self.refusal(fields)
  }

  private static func refusal(_ fields: ConfigFields) throws(CheckpointError) -> CheckpointError? {
    func unsupported(_ what: String) -> CheckpointError {
      CheckpointError(
        .unsupported, fields.path, problem: "the adapter is of the kind \(what)",
        remedy: "Use a LoRA adapter, or merge this one into its base model and name the result")
    }
    let type = try fields.text("peft_type") ?? "LORA"
    if type != "LORA" { return unsupported(quoted(type)) }
    if try fields.flag("use_dora") { return unsupported("DoRA (use_dora)") }
    // Any further `use_…` changes what the factors mean; a wrong matrix is worse than none.
    for name in fields.trueFlags where name.hasPrefix("use_") && name != "use_rslora" {
      return unsupported(quoted(name))
    }
    if fields.isNonEmptyArray("target_parameters") { return unsupported("\"target_parameters\"") }
    return nil
  }

  /// Alpha and scale of one module.
  ///
  /// - Parameters:
  ///   - module: the module's name in the file, with or without `base_model.model.`.
  ///   - rank: the rank that its factors have.
  /// - Throws: `.malformed` when the file says another rank; `.unsupported` for a pattern that is a
  ///   regular expression beyond what `ModulePattern` reads.
  func scale(of module: String, rank: Int) throws(CheckpointError) -> (alpha: Float, scale: Float) {
    let prefix = "base_model.model."
    let name = module.hasPrefix(prefix) ? String(module.dropFirst(prefix.count)) : module
    let stated = try value(for: name, in: rankPattern) ?? Double(self.rank)
    guard stated == Double(rank) else {
      let said = Int(exactly: stated).map(String.init) ?? String(stated)
      throw CheckpointError(
        .malformed, path,
        problem: "it says rank \(said) for \(quoted(name)), whose factors have rank \(rank)",
        remedy: "Put the configuration and the weights of one adapter together")
    }
    let alpha = try value(for: name, in: alphaPattern) ?? self.alpha
    let divisor = rankStabilised ? Double(rank).squareRoot() : Double(rank)
    return (Float(alpha), Float(alpha / divisor))
  }

  private func value(
    for module: String, in patterns: [(pattern: String, value: Double)]
  ) throws(CheckpointError) -> Double? {
    for (pattern, value) in patterns {
      guard let matcher = ModulePattern(pattern) else {
        throw CheckpointError(
          .unsupported, path,
          problem:
            "its pattern \(quoted(pattern)) is a regular expression that probexd does not read",
          remedy: "Write out the module names in rank_pattern and alpha_pattern")
      }
      if matcher.matches(module) { return value }
    }
    return nil
  }
}

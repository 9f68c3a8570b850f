import Messages

extension TrainMessage.Params {
  /// Numbers in an expert's encoder, probes × probes × representation: 16 times those of the
  /// largest published one. Training keeps some five copies of each.
  private static let encoderLimit = 1 << 27

  /// Refuses what no training could be started with; what the models say is the library's business.
  func check() throws(ResponseError) {
    if zoo.isEmpty { throw .invalidParams(parameter: "zoo", problem: "must not be empty") }
    for (place, layer) in (layers ?? []).enumerated() where layer.isEmpty {
      throw .invalidParams(parameter: "layers[\(place)]", problem: "must not be empty")
    }
    try checkTexts()
    for (parameter, value, range) in [
      ("epochs", epochs, 1...1_000_000), ("patience", patience, 1...1_000_000),
      ("batch", batch, 1...1_000_000), ("probes", probes, 1...1024),
      ("representation", representation, 1...65_536),
    ] {
      guard let value, !range.contains(value) else { continue }
      throw .invalidParams(
        parameter: parameter,
        problem: "must lie between \(range.lowerBound) and \(range.upperBound)")
    }
    let width = probes ?? 128
    if width * width * (representation ?? 128) > Self.encoderLimit {
      throw .invalidParams(
        parameter: "probes",
        problem: "probes × probes × representation must not be more than \(Self.encoderLimit)",
        limit: Self.encoderLimit)
    }
    if let errorRate, !(0..<1).contains(errorRate) {
      throw .invalidParams(parameter: "errorRate", problem: "must be at least 0 and less than 1")
    }
    // Networks count in single precision, so a number must be one there too.
    for (parameter, value) in [("rate", rate), ("temperature", temperature)] {
      guard let value, !(Float(value) > 0 && Float(value).isFinite) else { continue }
      throw .invalidParams(parameter: parameter, problem: "must be more than 0, and not too great")
    }
    if let weightDecay, !(weightDecay >= 0 && Float(weightDecay).isFinite) {
      throw .invalidParams(parameter: "weightDecay", problem: "must not be negative, nor too great")
    }
    if let inputScale, Float(inputScale) == 0 || !Float(inputScale).isFinite {
      throw .invalidParams(parameter: "inputScale", problem: "must not be 0, nor too great")
    }
  }

  /// What belongs to text experts, and what they need.
  private func checkTexts() throws(ResponseError) {
    if kind == .text {
      guard tables?.isEmpty ?? true else { return }
      throw .invalidParams(
        parameter: "tables", problem: "must name a text table that embeds the labels")
    }
    for (parameter, isGiven) in [
      ("tables", tables != nil), ("temperature", temperature != nil),
      ("learnTemperature", learnTemperature != nil),
    ] where isGiven {
      throw .invalidParams(parameter: parameter, problem: "belongs to experts of the kind `text`")
    }
  }
}

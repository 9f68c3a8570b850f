import Library

/// Progress on standard error: one line that is written over on a terminal, a line for every tenth
/// of the work otherwise.
final class TrainingMeter {
  let isQuiet: Bool
  private var isOpen = false

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func show(_ step: TrainingStep) {
    guard !isQuiet else { return }
    switch step {
    case .zoo(let done, let total): line("reading headers", done, total)
    case .layers(let done, let total): line("reading models", done, total)
    case .fitting(let layer, let done, let total):
      // A line that a terminal breaks could not be written over.
      let shown = ClassificationTable.shortened(layer, to: 36)
      line("fitting", done, total, after: "  \(Sanitizer.oneLine(shown))")
    case .epoch(let done, let total, let loss, let accuracy, let best):
      let numbers = [loss, accuracy, best].map(Columns.share)
      line(
        "epoch", done, total, after: "  loss \(numbers[0])  val \(numbers[1])  best \(numbers[2])")
    }
  }

  /// A line of its own: what comes next.
  func announce(_ text: String) {
    guard !isQuiet else { return }
    Self.interject(text)
    isOpen = false
  }

  /// A line in the place of the one that is written over.
  static func interject(_ text: String) {
    Output.problem((Output.errorIsTerminal ? "\r\u{1B}[K" : "") + Sanitizer.oneLine(text))
  }

  private func line(_ what: String, _ done: Int, _ total: Int, after: String = "") {
    let text = "\(what) \(done) of \(total)\(after)"
    if Output.errorIsTerminal {
      let bar = ClassificationTable.bar(Float(done) / Float(max(total, 1)))
      Output.partial("\r\u{1B}[K\(bar)▏\(text)")
      isOpen = true
    } else if done == total || done % max(1, total / 10) == 0 {
      Output.problem(text)
    }
  }

  /// Leaves the line that is written over.
  func end() {
    if isOpen { Output.partial("\n") }
    isOpen = false
  }
}

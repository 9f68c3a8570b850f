import Glibc
package import Library

/// Answers as a person reads them. Whatever comes from files or arguments stays on its line.
package struct ClassificationTable {
  /// Whether escape sequences for colours may be written.
  let colors: Bool

  /// A table for a terminal with or without colours.
  package init(colors: Bool) { self.colors = colors }

  /// One line for each checkpoint: name, tree, and the labels that matter; notes follow below. A
  /// single answer is shown in full.
  ///
  /// - Parameter names: the checkpoints as they were asked about, in the order of `results`.
  package func lines(
    _ names: [String], _ results: [Result<Classification, LibraryError>]
  ) -> [String] {
    if results.count == 1, case .success(let only) = results[0] { return card(only) }
    let shown = names.map { Sanitizer.oneLine(Self.shortened($0)) }
    let width = max(shown.map(\.count).max() ?? 0, "checkpoint".count)
    let trees = results.map { (try? $0.get())?.tree ?? "–" }.map(Sanitizer.oneLine)
    let treeWidth = max(trees.map(\.count).max() ?? 0, "tree".count)
    var lines = [
      styled("1", "  " + pad("checkpoint", width) + "  " + pad("tree", treeWidth) + "  answer")
    ]
    var notes: [String] = []
    for (index, result) in results.enumerated() {
      let (mark, answer): (String, String)
      switch result {
      case .success(let classification):
        mark = classification.warnings.isEmpty ? " " : "!"
        answer = summary(classification)
        notes += classification.warnings.map { "\(shown[index]): \($0)" }
      case .failure(let error):
        mark = "✗"
        answer = styled("31", Sanitizer.oneLine("\(error.kind.rawValue): \(error.problem)"))
        notes.append("\(shown[index]): \(error.remedy)")
      }
      lines.append(
        "\(mark) \(pad(shown[index], width))  \(pad(trees[index], treeWidth))  \(answer)")
    }
    if !notes.isEmpty { lines.append("") }
    return lines + notes.map { styled("33", "! ") + Sanitizer.oneLine($0) }
  }

  /// One checkpoint in full, with bars.
  private func card(_ answer: Classification) -> [String] {
    let layers =
      answer.layers.count > 1
      ? "layers " + answer.layers.joined(separator: ", ") : "layer \(answer.layer)"
    let source =
      "tree \(answer.tree) · expert \(answer.expert) · \(layers)"
      + (answer.table.map { " · texts \($0)" } ?? "")
    var lines = [
      styled("1", Sanitizer.oneLine(answer.checkpoint)),
      Sanitizer.oneLine(source),
      Sanitizer.oneLine(answer.choice.reason),
      "",
    ]
    if let number = answer.number { lines.append("  " + Self.described(number)) }
    if answer.abstains == true {
      lines.append(styled("33", "  unsure: the best answer is too uncertain to be believed"))
    }
    let shown = answer.labels.prefix(10)
    let names = shown.map { Sanitizer.oneLine($0.label) }
    let width = names.map(\.count).max() ?? 0
    for (name, label) in zip(names, shown) {
      lines.append(
        "  \(pad(name, width))  \(Self.decimal(label.score))  \(Self.bar(label.score))"
          + verdict(label))
    }
    if answer.labels.count > shown.count {
      lines.append("  … and \(answer.labels.count - shown.count) more (--format json shows all)")
    }
    for warning in answer.warnings {
      lines.append(styled("33", "! ") + Sanitizer.oneLine(warning))
    }
    return lines
  }

  private func verdict(_ label: Classification.Label) -> String {
    guard let decision = label.decision else { return "" }
    let word = decision ? styled("32", "  yes") : "  no"
    return word + (label.isUnsure == true ? styled("33", ", unsure") : "")
  }

  /// The yes labels of a category expert, the number, the choice, or the three nearest texts; what
  /// the expert withholds stands behind `unsure:`.
  private func summary(_ answer: Classification) -> String {
    if let number = answer.number { return Self.described(number) }
    if answer.kind == "categories" { return categories(answer.labels) }
    let shown = answer.kind == "choice" && answer.abstains != true ? 1 : 3
    let labels = answer.labels.prefix(shown).map(scored).joined(separator: " · ")
    return answer.abstains == true ? unsure(labels) : labels
  }

  private func categories(_ labels: [Classification.Label]) -> String {
    let yes = labels.filter { $0.decision == true && $0.isUnsure != true }
    let open = labels.filter { $0.isUnsure == true }
    var parts = yes.isEmpty ? [] : [yes.map(scored).joined(separator: " · ")]
    if !open.isEmpty { parts.append(unsure(open.map(scored).joined(separator: " · "))) }
    if parts.isEmpty, let best = labels.first { return "none (best: \(scored(best)))" }
    return parts.joined(separator: "; ")
  }

  private func unsure(_ labels: String) -> String { styled("33", "unsure:") + " " + labels }

  /// What the number is, the number, and how far it may be off.
  private static func described(_ number: Classification.Number) -> String {
    Sanitizer.oneLine(number.property)
      + " \(significant(number.value)) (\(significant(number.low)) … \(significant(number.high)))"
  }

  private func scored(_ label: Classification.Label) -> String {
    "\(Sanitizer.oneLine(label.label)) \(styled("2", Self.decimal(label.score)))"
  }

  private func styled(_ code: String, _ text: String) -> String {
    colors ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// The tail of a long path, from a `/` on where there is one: the end tells checkpoints apart.
  package static func shortened(_ path: String, to limit: Int = 48) -> String {
    guard path.count > limit else { return path }
    let tail = path.suffix(limit - 1)
    // A slash at the end tells nothing apart.
    guard let slash = tail.dropLast().firstIndex(of: "/") else { return "…" + tail }
    return "…" + tail[slash...]
  }

  /// Two decimals; a minus where something negative is left of the number.
  package static func decimal(_ number: Float) -> String {
    guard abs(number) < 1e9 else { return number.description }
    let hundredths = Int((abs(number) * 100).rounded())
    let sign = number < 0 && hundredths > 0 ? "-" : ""
    let rest = hundredths % 100
    return "\(sign)\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// So many significant digits: of a learning rate as of a number of steps the first ones matter.
  package static func significant(_ number: Double, digits: Int = 4) -> String {
    guard number.isFinite, number != 0 else { return number == 0 ? "0" : number.description }
    let shift = digits - 1 - Int(log10(abs(number)).rounded(.down))
    // Dividing by a whole power of ten rounds once; multiplying by its inverse would round twice.
    let power = pow(10, Double(abs(shift)))
    guard power.isFinite else { return number.description }
    let rounded =
      shift >= 0 ? (number * power).rounded() / power : (number / power).rounded() * power
    guard abs(rounded) < 1e15, rounded == rounded.rounded() else { return rounded.description }
    return Int(rounded).description
  }

  /// Twenty cells for 1, of which less is filled for less, by eighths of a cell; nothing is for 0
  /// and below.
  package static func bar(_ number: Float) -> String {
    let eighths = number > 0 ? Int((min(1, number) * 160).rounded()) : 0
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let text = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    return text + String(repeating: " ", count: max(0, 20 - text.count))
  }
}

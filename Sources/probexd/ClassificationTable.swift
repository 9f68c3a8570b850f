import Library

/// Answers as a person reads them.
struct ClassificationTable {
  let colors: Bool

  /// One line for each checkpoint: name, tree, and the labels that matter. Notes follow below.
  func lines(_ names: [String], _ results: [Result<Classification, LibraryError>]) -> [String] {
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
    var lines = [
      styled("1", Sanitizer.oneLine(answer.checkpoint)),
      "tree \(answer.tree) · expert \(answer.expert) · layer \(answer.layer)"
        + (answer.table.map { " · texts \($0)" } ?? ""),
      Sanitizer.oneLine(answer.choice.reason),
      "",
    ].map { $0 }
    let shown = answer.labels.prefix(10)
    let width = shown.map(\.label.count).max() ?? 0
    for label in shown {
      let verdict = label.decision.map { $0 ? styled("32", "  yes") : "  no" } ?? ""
      lines.append(
        "  \(pad(Sanitizer.oneLine(label.label), width))  \(Self.decimal(label.score))  "
          + "\(Self.bar(label.score))\(verdict)")
    }
    if answer.labels.count > shown.count {
      lines.append("  … and \(answer.labels.count - shown.count) more (--format json shows all)")
    }
    for warning in answer.warnings {
      lines.append(styled("33", "! ") + Sanitizer.oneLine(warning))
    }
    return lines
  }

  /// The yes labels of a category expert, or the three nearest texts.
  private func summary(_ answer: Classification) -> String {
    guard answer.kind == "categories" else {
      return answer.labels.prefix(3).map(scored).joined(separator: " · ")
    }
    let yes = answer.labels.filter { $0.decision == true }
    if yes.isEmpty, let best = answer.labels.first { return "none (best: \(scored(best)))" }
    return yes.map(scored).joined(separator: " · ")
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
  static func shortened(_ path: String, to limit: Int = 48) -> String {
    guard path.count > limit else { return path }
    let tail = path.suffix(limit - 1)
    guard let slash = tail.firstIndex(of: "/") else { return "…" + tail }
    return "…" + tail[slash...]
  }

  /// Two decimals, with sign.
  static func decimal(_ number: Float) -> String {
    let hundredths = Int((abs(number) * 100).rounded())
    let sign = number < 0 && hundredths > 0 ? "-" : ""
    let rest = hundredths % 100
    return "\(sign)\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// Twenty cells for 1; nothing below 0.
  static func bar(_ number: Float) -> String {
    let eighths = Int((max(0, min(1, number)) * 160).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let text = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    return text + String(repeating: " ", count: max(0, 20 - text.count))
  }
}

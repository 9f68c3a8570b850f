import Checkpoints
import Experts

/// A checkpoint with the expert that will read it.
struct Chosen: Sendable {
  let checkpoint: Checkpoint
  /// Place in `LibrarySnapshot.experts`.
  let expertIndex: Int
  /// The layer of each of the expert's members, in their order.
  let layers: [LayerRecord]
  let choice: Choice
  let warnings: [String]

  /// The first of the layers.
  var layer: LayerRecord { layers[0] }
  /// The names of the layers, each once, in the order of the members.
  var layerNames: [String] {
    var seen: Set<String> = []
    return layers.map(\.name).filter { seen.insert($0).inserted }
  }
}

extension LibrarySnapshot {
  /// Finds a checkpoint and the expert for it.
  ///
  /// - Parameter wanted: name of the expert that must be used, if any.
  func choose(_ name: String, wanted: String?) throws(LibraryError) -> Chosen {
    let checkpoint: Checkpoint
    do {
      checkpoint = try Self.open(name, options: options)
    } catch {
      throw LibraryError(error)
    }
    if let wanted { return try chosen(checkpoint, expert: wanted) }
    return try bestFit(checkpoint)
  }

  static func open(
    _ name: String, options: LibraryOptions
  ) throws(CheckpointError) -> Checkpoint {
    try Checkpoint.open(
      name, relativeTo: options.directory, hub: HubCache(root: options.hubCache),
      limits: options.limits)
  }

  /// The place of the expert of that name.
  func expertIndex(named name: String) throws(LibraryError) -> Int {
    if let index = experts.firstIndex(where: { $0.name == name }) { return index }
    throw LibraryError(
      .unknownExpert, name,
      problem: experts.isEmpty
        ? "the library at \(path) has no experts."
        : "the library has no expert of that name; it has \(Wording.list(experts.map(\.name))).",
      remedy: "Name one of the library's experts, or none to let probexd choose.")
  }

  private func chosen(_ checkpoint: Checkpoint, expert name: String) throws(LibraryError) -> Chosen
  {
    let index = try expertIndex(named: name)
    do {
      let fit = try ExpertFit(experts[index].facts, checkpoint)
      return chosen(checkpoint, index, fit, alternatives: [], named: true)
    } catch {
      if let obstacle = error.obstacle { throw LibraryError(obstacle) }
      throw LibraryError(
        error.kind == .layer ? .layerNotFound : error.kind == .shape ? .wrongShape : .noExpertFits,
        checkpoint.name, problem: "\(error.reason), which the expert “\(name)” reads.",
        remedy: "Choose another expert; `probexd inspect` lists the checkpoint's layers.")
    }
  }

  private func bestFit(_ checkpoint: Checkpoint) throws(LibraryError) -> Chosen {
    var fits: [(index: Int, fit: ExpertFit)] = []
    var misfits: [String] = []
    var obstacle: CheckpointError?
    for (index, resident) in experts.enumerated() {
      do {
        fits.append((index, try ExpertFit(resident.facts, checkpoint)))
      } catch {
        misfits.append("for “\(resident.name)” it \(error.reason)")
        obstacle = obstacle ?? error.obstacle
      }
    }
    // Experts are in the order of their names and the sort is stable, so equal ranks stay in that
    // order.
    let ranked = fits.sorted { $0.fit.rank > $1.fit.rank }
    guard let best = ranked.first else {
      // That no expert fits would be true, but not what is wrong.
      if let obstacle { throw LibraryError(obstacle) }
      throw LibraryError(
        .noExpertFits, checkpoint.name,
        problem: misfits.isEmpty
          ? "the library at \(path) has no experts."
          : "no expert of the library fits: \(Wording.list(misfits, separator: "; ")).",
        remedy: "Use a library with an expert for this model's tree; `probexd inspect` lists the "
          + "checkpoint's layers.")
    }
    return chosen(
      checkpoint, best.index, best.fit, alternatives: ranked.dropFirst().map(\.index),
      equal: ranked.dropFirst().filter { $0.fit.rank == best.fit.rank }.map(\.index), named: false)
  }

  private func chosen(
    _ checkpoint: Checkpoint, _ index: Int, _ fit: ExpertFit, alternatives: [Int],
    equal: [Int] = [], named: Bool
  ) -> Chosen {
    let expert = experts[index]
    let declared = checkpoint.declaredBases.map(\.model)
    var warnings = checkpoint.notes
    if fit.contradictsBase {
      warnings.append(
        "The checkpoint declares the base \(Wording.list(declared)), but “\(expert.name)” belongs "
          + "to the tree of \(Wording.list(expert.facts.bases)): the answer may mean nothing.")
    }
    if !equal.isEmpty {
      warnings.append(
        "\(Wording.list(equal.map { "“\(experts[$0].name)”" })) fit as well as “\(expert.name)”; "
          + "name an expert to be sure.")
    }
    return Chosen(
      checkpoint: checkpoint, expertIndex: index, layers: fit.layers,
      choice: Choice(
        reason: reason(fit, expert, named: named, only: alternatives.isEmpty),
        evidence: fit.evidence.map(\.rawValue), declaredBases: declared,
        alternatives: alternatives.map { experts[$0].name }),
      warnings: warnings)
  }

  private func reason(
    _ fit: ExpertFit, _ expert: ResidentExpert, named: Bool, only: Bool
  ) -> String {
    let layer = "layer “\(fit.layer.name)” of \(fit.layer.rows)×\(fit.layer.columns)"
    if named { return "The request named this expert, and the checkpoint has its \(layer)." }
    if fit.evidence.contains(.base) {
      return
        "The checkpoint has its \(layer) and declares a base of the tree “\(expert.facts.tree)”."
    }
    return only
      ? "It is the only expert whose \(layer) the checkpoint has."
      : "The checkpoint has its \(layer); nothing speaks more strongly for another expert."
  }
}

/// What a checkpoint's name leads to: a path that exists.
///
/// A path is a sequence of bytes and a name here a Unicode text, so a path that is not UTF-8 cannot
/// be named; a `file:` URI that decodes to one is refused. Nothing in a name is expanded: `~` and
/// `$` are characters of file names like any others, since names come from peers that are no shell.
struct CheckpointName {
  /// The path.
  let path: String
  /// What stands there.
  let type: FileType
  /// The revision, when a Hub id or a model's folder of a Hub cache led here.
  let snapshot: HubSnapshot?

  /// - Parameters:
  ///   - name: a path, a `file:` URI, or a Hub id `org/name[@revision]` if no path of that name
  ///     exists.
  ///   - directory: what a relative path starts from.
  /// - Throws: `.notFound`, `.unreadable`, `.notInCache`, `.unsupported` (another kind of URI).
  init(
    _ name: String, relativeTo directory: String, hub: HubCache
  ) throws(CheckpointError) {
    guard !name.isEmpty else {
      throw CheckpointError(
        .notFound, quoted(name), problem: "a checkpoint's name is empty",
        remedy: "Give a path, a file: URI or a Hub id org/name")
    }
    try CheckedFile.refuseNUL(name)
    let uriPath = try FileURI.path(name)
    let path = uriPath ?? join(directory, name)
    try CheckedFile.refuseNUL(path)
    let type: FileType
    do throws(SystemFailure) {
      type = try FileAccess.status(of: path).type
    } catch {
      guard error.meansAbsent, let id = HubID(name),
        (try? FileAccess.status(of: path, followingLinks: false)) == nil
      else { throw Self.missing(path, name, error) }
      if Self.isWeightFile(id.model) { throw Self.missing(path, name, error) }
      let snapshot = try HubSnapshot(id, in: hub, subject: name)
      self.init(path: snapshot.folder, type: .folder, snapshot: snapshot)
      return
    }
    if type == .folder, HubSnapshot.isRepository(path) {
      let snapshot = try HubSnapshot(repository: path, subject: path)
      self.init(path: snapshot.folder, type: .folder, snapshot: snapshot)
    } else {
      self.init(path: path, type: type, snapshot: nil)
    }
  }

  private init(path: String, type: FileType, snapshot: HubSnapshot?) {
    self.path = path
    self.type = type
    self.snapshot = snapshot
  }

  /// Whether a missing `models/x.safetensors` is surely meant as a path, though it could be an id.
  private static func isWeightFile(_ name: String) -> Bool {
    [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".json"].contains {
      name.lowercased().hasSuffix($0)
    }
  }

  private static func missing(
    _ path: String, _ name: String, _ failure: SystemFailure
  ) -> CheckpointError {
    if failure.meansMissing, let target = FileAccess.target(ofLink: path) {
      return .brokenLink(path, target)
    }
    if failure.meansMissing, name.hasPrefix("~") {
      return CheckpointError(
        .notFound, path, problem: failure.problem,
        remedy: "Write the home folder out: `~` is not expanded in a checkpoint's name")
    }
    return .reading(path, failure)
  }
}

/// URIs of files (RFC 8089).
enum FileURI {
  /// The path of a `file:` URI; nil when `name` is no URI.
  ///
  /// - Throws: `.unsupported` for other schemes and hosts, `.notFound` for a broken URI.
  static func path(_ name: String) throws(CheckpointError) -> String? {
    guard let colon = name.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let scheme = name[..<colon].lowercased()
    var rest = name[name.utf8.index(after: colon)...]
    guard scheme == "file", rest.hasPrefix("/") else {
      if rest.hasPrefix("//"), isScheme(scheme) { throw unsupported(name, scheme) }
      return nil
    }
    func broken(_ problem: String) -> CheckpointError {
      CheckpointError(
        .notFound, quoted(name), problem: problem, remedy: "Write it as file:///folder/file")
    }
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      guard let slash = rest.firstIndex(of: "/") else { throw broken("the URI has no path") }
      let host = rest[..<slash].lowercased()
      guard host.isEmpty || host == "localhost" else {
        throw CheckpointError(
          .unsupported, quoted(name), problem: "the URI names the host \(quoted(host))",
          remedy: "Only files of this machine can be read: write file:///folder/file")
      }
      rest = rest[slash...]
    }
    if rest.contains("?") || rest.contains("#") {
      throw broken("the URI has a query or fragment; in a name write %3F for ? and %23 for #")
    }
    guard let bytes = percentDecoded(rest.utf8) else {
      throw broken("the URI has a % without two hexadecimal digits after it")
    }
    guard let path = String(validating: bytes, as: UTF8.self) else {
      throw broken("the URI's path is not UTF-8 when decoded, so it cannot be named")
    }
    return path
  }

  private static func isScheme(_ text: String) -> Bool {
    text.first?.isLetter == true
      && text.utf8.allSatisfy { $0 < 0x80 }
      && text.allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) }
  }

  private static func unsupported(_ name: String, _ scheme: String) -> CheckpointError {
    CheckpointError(
      .unsupported, quoted(name), problem: "probexd reads local files only, not \(scheme)://",
      remedy:
        "Download it first (`hf download org/name`), then give its path or its Hub id org/name")
  }

  private static func percentDecoded(_ text: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexDigit),
        let low = rest.popFirst().flatMap(hexDigit)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
  }
}

import Messages

/// Finds a request that is under way by its id, or by its progress token.
///
/// Several may have the same id; the newest that is not over is meant. Every operation costs
/// constant time on average, even when all requests of a client have one id.
struct RequestIndex {
  private struct Namesakes {
    /// In order of arrival; those that are over are removed now and then.
    var requests: [PendingRequest]
    /// How many of them were not removed by `remove`.
    var count: Int
  }

  private var byID: [RequestID: Namesakes] = [:]
  private var byToken: [ProgressToken: PendingRequest] = [:]

  var isEmpty: Bool { byID.isEmpty && byToken.isEmpty }

  mutating func insert(_ request: PendingRequest) {
    if let id = request.context.id {
      byID[id, default: Namesakes(requests: [], count: 0)].requests.append(request)
      byID[id]?.count += 1
    }
    if let token = request.token { byToken[token] = request }
  }

  /// Removes a request that is over.
  mutating func remove(_ request: PendingRequest) {
    if let token = request.token, byToken[token] === request { byToken[token] = nil }
    guard let id = request.context.id, var namesakes = byID.removeValue(forKey: id) else { return }
    namesakes.count -= 1
    guard namesakes.count > 0 else { return }
    if namesakes.requests.count > 2 * namesakes.count + 8 {
      namesakes.requests.removeAll { $0.isOver }
    }
    byID[id] = namesakes
  }

  /// The newest request of that id which is not over.
  mutating func newest(_ id: RequestID) -> PendingRequest? {
    guard var namesakes = byID.removeValue(forKey: id) else { return nil }
    while let last = namesakes.requests.last, last.isOver { namesakes.requests.removeLast() }
    byID[id] = namesakes
    return namesakes.requests.last
  }

  /// The newest request of that token, unless it is over.
  func newest(_ token: ProgressToken) -> PendingRequest? {
    byToken[token].flatMap { $0.isOver ? nil : $0 }
  }
}

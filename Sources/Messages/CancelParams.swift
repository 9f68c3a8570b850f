/// `$/cancelRequest`, from the client: the answer to this request is no longer wanted. The request
/// is answered all the same.
package struct CancelParams: Codable, Sendable, Hashable {
  package static let method = "$/cancelRequest"

  /// The request to stop; the newest, where several have it.
  package var id: RequestID

  package init(id: RequestID) { self.id = id }
}

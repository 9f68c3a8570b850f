import Glibc
import JSON
package import Library
import Messages
import Transport

/// One method, called once in this process: what `probexd call` does.
package enum OneCall {
  /// Why there is no result.
  package struct Failure: Error, Sendable {
    /// The error object of the protocol as JSON.
    package let text: String
    /// Whether the parameters were no JSON at all, so that nothing was called.
    package let isUsage: Bool
  }

  /// The result as JSON, or the error as JSON.
  ///
  /// - Parameter params: a JSON object or list, or nothing.
  package static func run(
    method: String, params: String?, library: String, options: LibraryOptions
  ) -> Result<String, Failure> {
    NumericFacts.prepare()
    // A file that grows beyond `ulimit -f` is an error of the write, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      let parsed = try params.map { text in
        do throws(JSONError) {
          return try JSONValue.parse(text)
        } catch {
          throw Usage(error: .parseError(error.problem))
        }
      }
      if let parsed, parsed.object == nil, parsed.array == nil {
        throw Usage(error: .invalidRequest("parameters are a JSON object or a list"))
      }
      let holder = LibraryHolder(path: library, options: options)
      holder.load()
      let services = Services(
        library: holder, counters: RequestCounters(),
        limits: .init(TransportLimits(), header: options.headerLimit))
      let context = RequestContext(id: nil, method: method) { _, _ in }
      // A daemon keeps such an error in its log; here the user is the log.
      var unforeseen: (any Error)?
      do {
        let result = try Methods.table(services).call(
          method, params: parsed, context: context, unforeseen: { unforeseen = $0 })
        return .success(text(result))
      } catch {
        throw unforeseen ?? error
      }
    } catch let usage as Usage {
      return .failure(Failure(text: text(usage.error), isUsage: true))
    } catch let error as ResponseError {
      return .failure(Failure(text: text(error), isUsage: false))
    } catch {
      return .failure(Failure(text: text(.internalError("\(error)")), isUsage: false))
    }
  }

  private struct Usage: Error {
    let error: ResponseError
  }

  private static func text(_ error: ResponseError) -> String {
    (try? JSONCoder.encode(error)).map(text) ?? error.message
  }

  private static func text(_ value: JSONValue) -> String {
    let bytes = (try? value.serialized(pretty: true)) ?? []
    return String(decoding: bytes, as: UTF8.self)
  }
}

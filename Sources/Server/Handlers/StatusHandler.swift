import Library
import Messages
import Transport

/// `probex/status`: counts and sizes; costs microseconds, whatever the library holds.
func status(_ snapshot: LibrarySnapshot, _ services: Services) -> StatusMessage.Result {
  typealias Result = StatusMessage.Result
  let requests = services.counters.statistics
  return Result(
    server: Result.Server(
      name: ProductInfo.name, version: ProductInfo.version, protocol: ProductInfo.protocolVersion),
    library: Result.Library(
      path: snapshot.path, experts: snapshot.expertCount, texts: snapshot.tableCount,
      problems: snapshot.problems.map { problem in
        Result.Library.Problem(
          path: problem.path, code: problem.error.code.number, message: problem.error.description)
      }),
    memory: Result.Memory(
      experts: snapshot.expertBytes, texts: snapshot.tableBytes,
      resident: ProcessMemory.resident ?? 0),
    blas: Result.BLAS(
      core: NumericFacts.coreName, configuration: NumericFacts.configuration,
      threads: NumericFacts.threads),
    requests: Result.Requests(
      received: requests.received, answered: requests.answered, failed: requests.failed,
      cancelled: requests.cancelled),
    limits: services.limits)
}

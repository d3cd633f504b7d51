internal import GRDB

extension Store {
  /// A job with its songs, whoever's it is: for links that carry their own permission.
  public func jobForLink(id: Int64) throws -> JobWithOutputs? {
    guard let job = try readOnce({ db in try Self.job(db, id: id) }) else { return nil }
    return JobWithOutputs(job: job, outputs: try outputs(jobID: id))
  }
}

import FastCGI
import Generation
import Store

/// Why an order from a form was refused, to be said at the form.
struct FormRefusal {
  let faults: [InvalidParameters.Fault]
  let status: Status

  /// Nil for an error that is not about what the form asks for, or for.
  init?(_ error: any Error) {
    switch error {
    case let error as InvalidParameters: (faults, status) = (error.faults, .unprocessable)
    case StoreError.insufficientCredits: (faults, status) = ([.init(field: "", message: "\(error). Nothing was ordered.")], .paymentRequired)
    case StoreError.storageFull: (faults, status) = ([.init(field: "", message: "\(error)")], .forbidden)
    default: return nil
    }
  }
}

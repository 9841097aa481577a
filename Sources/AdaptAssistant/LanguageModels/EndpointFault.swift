// What can go wrong between here and an endpoint, in words that say what to do.
package import AdaptSystem

/// A request to an OpenAI-compatible endpoint that gave no answer.
package enum EndpointFault: DiagnosableError, Equatable {
  case badAddress(String)
  case curlMissing
  case unreachable(url: String, reason: String)
  case timedOut(url: String, seconds: Int)
  case refused(url: String, status: Int, message: String)
  case garbage(url: String, start: String)
  case empty(url: String)
  case tooLong(url: String, limit: Int)

  package var diagnosis: Diagnosis {
    switch self {
    case .badAddress(let address):
      Diagnosis(
        "not an endpoint's address", wanted: "http:// or https:// and a host", got: "`\(address)`",
        place: "--llm", hint: "for example --llm http://localhost:8080/v1 --model NAME")
    case .curlMissing:
      Diagnosis("`curl` is not installed", hint: "install it: apt-get install curl")
    case .unreachable(let url, let reason):
      Diagnosis(
        "no answer from the endpoint: \(reason)", place: url,
        hint: "is the server running, and is the address right?")
    case .timedOut(let url, let seconds):
      Diagnosis(
        "the endpoint was silent for \(seconds) s", place: url,
        hint: "a smaller model or a shorter --k answers sooner")
    case .refused(let url, let status, let message):
      refusal(url: url, status: status, message: message)
    case .garbage(let url, let start):
      Diagnosis(
        "the endpoint's answer is not a chat completion", wanted: "JSON or an event stream",
        got: "`\(start)`", place: url, hint: "the address should end in /v1 on most servers")
    case .empty(let url):
      Diagnosis(
        "the endpoint sent an empty answer", place: url,
        hint: "try another model, or look at the server's log")
    case .tooLong(let url, let limit):
      Diagnosis(
        "the endpoint's answer did not end", wanted: "at most \(limit) bytes", place: url,
        hint: "the server ignores max_tokens; the answer so far was cut")
    }
  }

  private func refusal(url: String, status: Int, message: String) -> Diagnosis {
    let said = message.isEmpty ? "" : ": \(message)"
    let hint =
      switch status {
      case 401, 403: "set ADAPT_API_KEY (or OPENAI_API_KEY) to a key that this endpoint accepts"
      case 404: "check the address and --model; most servers want an address that ends in /v1"
      case 408, 429: "the endpoint is busy or your quota is used up: wait, then try again"
      case 400, 413, 422: "the request may be longer than the model's context: try a smaller --k"
      case 500...599: "the fault is the server's: try again, or look at its log"
      default: "look at the server's documentation for this status"
      }
    return Diagnosis("the endpoint answered \(status)\(said)", place: url, hint: hint)
  }
}

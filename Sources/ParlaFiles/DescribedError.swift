public import ParlaPlatform

/// An error whose sentence, with place, finding, expectation and remedy, is the same wherever it is shown: printed, in an
/// app's alert (`localizedDescription`), and in a log.
public protocol DescribedError: LocalizedError, CustomStringConvertible {}

// All of LocalizedError's requirements are listed here, so that no module needs Foundation for them.
extension DescribedError {
  /// The sentence.
  public var errorDescription: String? { description }

  /// Nothing: the sentence has it.
  public var failureReason: String? { nil }

  /// Nothing: the sentence has it.
  public var recoverySuggestion: String? { nil }

  /// Nothing.
  public var helpAnchor: String? { nil }
}

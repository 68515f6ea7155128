import Foundation
import ParlaDescriptions

/// `one_cycle[peak=0.3,start=0.04]`: the rate rises from a share of itself to its full length, and falls to nothing, along half
/// cosines (Smith and Topin 2019).
struct OneCycle: RateSchedule {
  static let kind = "one_cycle"

  private let peak: Float
  private let start: Float

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    peak = try fields.number(
      "peak", "the share of the training before the full rate", above: 0, below: 1, default: 0.3)
    start = try fields.number("start", "the share at the start", above: 0, below: 1, default: 0.04)
  }

  func factor(at moment: TrainingMoment) -> Float {
    let done = Float(min(max(moment.done, 0), 1))
    if done < peak { return start + (1 - start) * (0.5 - 0.5 * cos(.pi * done / peak)) }
    return 0.5 + 0.5 * cos(.pi * (done - peak) / (1 - peak))
  }
}

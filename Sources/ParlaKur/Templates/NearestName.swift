import ParlaTranscripts

/// The one of `names` that `name` may be meant to be; nil if none is close.
func nearest(_ name: String, _ names: some Sequence<String>) -> String? {
  let candidates = names.map { ($0, EditDistance.between(Array($0), Array(name))) }
  guard let best = candidates.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }),
    best.1 <= max(name.count < 4 ? 1 : 2, name.count / 3)
  else { return nil }
  return best.0
}

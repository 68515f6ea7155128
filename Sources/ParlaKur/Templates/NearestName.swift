import ParlaTranscripts

/// The closest of `names` to `name`; nil if none is close.
func nearest(_ name: String, _ names: some Sequence<String>) -> String? {
  nearestName(to: name, among: names, limit: max(name.count < 4 ? 1 : 2, name.count / 3))
}

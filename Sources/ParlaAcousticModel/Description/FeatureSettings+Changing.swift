package import ParlaAudio
package import ParlaDescriptions

extension FeatureSettings {
  /// These settings with some fields as the model file at `path` says.
  ///
  /// - Throws: `ModelError.damaged` for values that are impossible.
  package func changing(
    _ changes: [String: FieldValue], path: String
  ) throws(ModelError) -> FeatureSettings {
    do { return try changing(changes) } catch {
      let place = error.field.map { "\($0): " } ?? ""
      throw .damaged(path: path, reason: "its features are impossible: \(place)\(error)")
    }
  }

  /// These settings with the fields `names` as `other` has them.
  package func changing(
    _ names: [String], to other: FeatureSettings
  ) throws(ModelError) -> FeatureSettings {
    guard !names.isEmpty else { return self }
    var changes: [String: FieldValue] = [:]
    for name in names { changes[name] = other.fields[name] }
    do { return try changing(changes) } catch {
      throw .badSetting(
        name: error.field ?? names[0], found: error.found, expected: error.expected)
    }
  }
}

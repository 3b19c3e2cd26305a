public enum TextDiff { public static func patches(from: String, to: String) -> [TextPatch] { from == to ? [] : [TextPatch(position: 0, deleted: from.unicodeScalars.count, inserted: to)] } }
extension TextHistory { public func inverse(of dot: Dot) throws(TextError) -> [TextPatch] { [] } }

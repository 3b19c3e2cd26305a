// SPDX-License-Identifier: MIT

/// Query parameters that say where a reader came from, and nothing about what is read.
///
/// Listed are names that one known service owns or that can mean nothing else. Names that some site
/// may use for its content (`ref`, `source`, `s`, `id`, `t`, `share`) are not here. To add one
/// later changes the identity of articles: it needs a decision.
enum TrackingParameters {
  /// True when the parameter `name` (percent-normalised, any case) only tracks.
  static func contains(_ name: String) -> Bool {
    var lower = name.lowercased()
    // A link copied out of HTML source has "&amp;" between its parameters.
    while lower.hasPrefix("amp;") { lower.removeFirst(4) }
    return names.contains(lower) || prefixes.contains { lower.hasPrefix($0) }
  }

  /// Urchin and Google Analytics, Matomo, HubSpot.
  private static let prefixes = ["utm_", "mtm_", "hsa_"]

  private static let names: Set<String> = [
    // Google, with its ads
    "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "_ga", "_gl", "srsltid",
    // Facebook, Instagram
    "fbclid", "fb_action_ids", "fb_action_types", "fb_source", "fb_ref", "action_object_map",
    "action_type_map", "action_ref_map", "igshid", "igsh", "mibextid",
    // Twitter, LinkedIn, TikTok, Pinterest, Reddit
    "twclid", "ref_src", "ref_url", "__twitter_impression", "li_fat_id", "trk_contact", "ttclid",
    "epik", "rdt_cid",
    // Microsoft, Yahoo, Yandex
    "msclkid", "ocid", "guccounter", "guce_referrer", "guce_referrer_sig", "soc_src", "soc_trk",
    "yclid", "ysclid", "_openstat",
    // Mail: Mailchimp, HubSpot, Marketo, Klaviyo, Omeda, Vero, Drip
    "mc_cid", "mc_eid", "_hsenc", "_hsmi", "__hstc", "__hssc", "__hsfp", "hsctatracking", "mkt_tok",
    "_ke", "_kx", "oly_anon_id", "oly_enc_id", "vero_id", "vero_conv", "__s", "wickedid",
    "rb_clickid",
    // Piwik, AT Internet, Comscore and Webtrends, Adobe
    "pk_campaign", "pk_kwd", "pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid",
    "piwik_campaign", "piwik_kwd", "piwik_keyword", "at_medium", "at_campaign", "at_custom1",
    "at_custom2", "at_custom3", "at_custom4", "at_link_id", "at_link_origin", "at_link_type",
    "at_bbc_team", "at_campaign_type", "at_format", "at_ptr_name", "xtor", "ns_mchannel",
    "ns_source", "ns_campaign", "ns_linkname", "ns_fee", "wt.mc_id", "s_cid", "s_kwcid", "ef_id",
    "cmpid", "icid",
  ]
}

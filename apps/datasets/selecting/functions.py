"""The functions a person's SQL may call. Whatever is not here is refused, what a later DuckDB brings included.

Left out on purpose: what reads files, settings, variables or other statements (`read_csv`, `current_setting`,
`getvariable`, `query`); what answers otherwise each time (`now`, `random`, `uuid`, `reservoir_quantile`); what only
waits or writes (`sleep_ms`, `pg_sleep`, `write_log`, `nextval`, `error`); and what makes long text of short text
(`repeat`, `lpad`, `rpad`, `format`, `printf`, `bar`), because text is outside DuckDB's own limit on memory.
"""

AGGREGATES = """
any_value approx_count_distinct arbitrary arg_max arg_max_null arg_min arg_min_null argmax argmin array_agg
avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star countif covar_pop covar_samp
entropy favg first fsum geomean geometric_mean group_concat grouping histogram kahan_sum kurtosis kurtosis_pop
last list listagg mad max max_by mean median min min_by mode product quantile quantile_cont quantile_disc
regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness
stddev stddev_pop stddev_samp string_agg sum sumkahan var_pop var_samp variance wavg weighted_avg
"""

WINDOWS = """
cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense
row_number
"""

OPERATORS = """
!~~ !~~* % & && * ** + - ->> / // < <=  != <@ = > >= @> ^ ^@ | || ~ ~~ ~~* ~~~ << >> @ !__postfix
__between
"""

NUMBERS = """
abs acos acosh add asin asinh atan atan2 atanh bit_count cbrt ceil ceiling cos cosh cot degrees divide even
exp factorial fdiv floor fmod gamma gcd greatest greatest_common_divisor isfinite isinf isnan lcm least
least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians round round_even
roundbankers sign signbit sin sinh sqrt subtract tan tanh trunc width_bucket xor
"""

TEXT = """
array_to_string ascii bit_length char_length character_length chr concat concat_ws contains
damerau_levenshtein editdist3 ends_with hamming hash ilike_escape instr jaccard jaro_similarity
jaro_winkler_similarity lcase left left_grapheme len length length_grapheme levenshtein like_escape lower
ltrim md5 mismatches nfc_normalize not_ilike_escape not_like_escape octet_length ord overlay position prefix
regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
regexp_split_to_array replace reverse right right_grapheme rtrim sha256 split split_part starts_with str_split
str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr substring
substring_grapheme suffix to_base64 to_hex translate trim ucase unicode upper
"""

TIMES = """
age century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname
dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms epoch_ns epoch_us era hour isodow isoyear
julian last_day make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz
microsecond millennium millisecond minute month monthname nanosecond quarter second strftime strptime
time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds
to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years
try_strptime week weekday weekofyear year yearweek
"""

CHOICES = """
coalesce constant_or_null if ifnull nullif typeof try_cast
"""

NESTED = """
aggregate apply array_append array_apply array_concat array_contains array_distinct array_extract array_filter
array_has array_has_all array_has_any array_intersect array_length array_position array_prepend array_reduce
array_reverse array_reverse_sort array_slice array_sort array_transform array_unique array_value array_where
cardinality element_at filter flatten json_array_length json_contains json_exists json_extract
json_extract_path json_extract_path_text json_extract_string json_keys json_type json_valid json_value
list_aggregate list_any_value list_append list_apply list_avg list_concat list_contains list_count
list_distinct list_element list_extract list_filter list_first list_has list_has_all list_has_any
list_histogram list_indexof list_intersect list_last list_max list_median list_min list_mode list_pack
list_position list_prepend list_product list_reduce list_reverse list_reverse_sort list_select list_slice
list_sort list_stddev_pop list_stddev_samp list_sum list_transform list_unique list_value list_var_pop
list_var_samp list_where list_zip map map_concat map_contains map_contains_value map_entries map_extract
map_extract_value map_from_entries map_keys map_values row struct_concat struct_extract struct_extract_at
struct_insert struct_keys struct_pack struct_update struct_values to_json unnest
"""

ALLOWED = frozenset(" ".join((AGGREGATES, WINDOWS, OPERATORS, NUMBERS, TEXT, TIMES, CHOICES, NESTED)).split())

#: What may stand in a FROM with arguments: lists spread into rows, and rows counted up (dates, too).
TABLES = frozenset({"unnest", "range", "generate_series"})

#: Words that DuckDB reads as calls although they look like columns.
_VALUE_WORDS = """
current_catalog current_database current_date current_localtime current_localtimestamp current_role current_schema
current_time current_timestamp current_user localtime localtimestamp session_user user
"""
VALUE_WORDS = frozenset(_VALUE_WORDS.split())

REASONS = {
    "changing": "gives another answer each time, and what is computed here must come out the same again",
    "reaching": "reaches outside the tables that are given",
    "growing": "makes long text of short text, which no limit on memory holds",
    "acting": "does something besides reading",
}
_WHY = {
    "changing": """
        now today random uuid uuidv4 uuidv7 gen_random_uuid get_current_time get_current_timestamp current_localtime
        current_localtimestamp transaction_timestamp reservoir_quantile approx_quantile approx_top_k txid_current
        current_date current_time current_timestamp localtime localtimestamp ago
    """,
    "reaching": """
        glob read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_json_objects
        read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects read_text read_blob read_duckdb
        sniff_csv parquet_metadata parquet_schema parquet_file_metadata parquet_kv_metadata parquet_full_metadata
        parquet_bloom_probe query query_table getenv getvariable current_setting current_query which_secret
        arrow_scan pandas_scan python_arrow_scan seq_scan json_execute_serialized_sql current_user user session_user
        current_role current_database current_catalog current_schema current_schemas version sqlite_scan postgres_scan
        postgres_query mysql_scan mysql_query delta_scan iceberg_scan read_xlsx st_read
    """,
    "growing": "repeat repeat_row lpad rpad format printf bar list_resize array_resize",
    "acting": """
        sleep_ms pg_sleep write_log nextval currval setval setseed error checkpoint force_checkpoint enable_logging
        disable_logging enable_profiling disable_profiling truncate_duckdb_logs assert_true
    """,
}
WHY = {name: reason for reason, names in _WHY.items() for name in names.split()}

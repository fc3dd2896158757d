-- Extensions by name: their versions belong to the server, not to the migrations.
SELECT NULL::name, 'extension', quote_ident(e.extname), NULL, json_build_object()
FROM pg_extension AS e
WHERE e.extname <> 'plpgsql'

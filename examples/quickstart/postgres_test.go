package main

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAsLogin(t *testing.T) {
	t.Parallel()
	for _, owner := range []string{
		"postgres://owner:secret@db.example.com:6000/cloud?sslmode=disable",
		"postgresql://db.example.com:6000/cloud?user=owner&password=secret&sslmode=disable",
		"host=db.example.com port=6000 user=owner password=secret dbname=cloud sslmode=disable",
	} {
		dsn, err := asLogin(owner, "quickstart_app", "other")
		require.NoError(t, err)
		config, err := pgx.ParseConfig(dsn)
		require.NoError(t, err, dsn)
		assert.Equal(t, "quickstart_app", config.User)
		assert.Equal(t, "other", config.Password)
		assert.Equal(t, "db.example.com", config.Host)
		assert.EqualValues(t, 6000, config.Port)
		assert.Equal(t, "cloud", config.Database)
		assert.Nil(t, config.TLSConfig)
	}
}

func TestRolePrefix(t *testing.T) {
	t.Parallel()
	for database, want := range map[string]string{
		"postgres":    "quickstart_postgres",
		"My-Cloud.db": "quickstart_my_cloud_db",
		"testdb_tpl_0123456789abcdef0123456789abcdef_inst_0a1b2c3d": "quickstart_0123456789abcdef_inst_0a1b2c3d",
	} {
		assert.Equal(t, want, rolePrefix(database))
	}
}

"""The harness's own reading of OpenAPI documents: operations, schemas, resources, paging."""

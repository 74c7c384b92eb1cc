create or replace package dbms_metadata authid current_user is
   function get_ddl(
      object_type in varchar2,
      name        in varchar2,
      schema      in varchar2 default null,
      version     in varchar2 default 'COMPATIBLE',
      model       in varchar2 default 'ORACLE',
      transform   in varchar2 default 'DDL'
   ) return clob;
   -- declared, and refused when called
   function get_dependent_ddl(
      object_type        in varchar2,
      base_object_name   in varchar2,
      base_object_schema in varchar2 default null,
      version            in varchar2 default 'COMPATIBLE',
      model              in varchar2 default 'ORACLE',
      transform          in varchar2 default 'DDL',
      object_count       in number default 10000
   ) return clob;
   function get_granted_ddl(
      object_type  in varchar2,
      grantee      in varchar2 default null,
      version      in varchar2 default 'COMPATIBLE',
      model        in varchar2 default 'ORACLE',
      transform    in varchar2 default 'DDL',
      object_count in number default 10000
   ) return clob;
end dbms_metadata;
/
